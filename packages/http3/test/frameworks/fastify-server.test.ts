// What Fastify 5 does with the server that its serverFactory gives it: begin, be asked without it, lose clients, and end. https://fastify.dev/docs/latest/Reference/Server
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import fastify, { type FastifyInstance } from 'fastify'
import { createServer, type HttpServer } from '../../src/index.ts'
import { type Client, clientsOf, identity } from '../support/client.ts'

interface Listening {
  readonly app: FastifyInstance
  readonly server: HttpServer
  readonly clients: readonly Client[]
}

test('fastify: begins in its order, and knows where it is', async () => {
  const happened: string[] = []
  const { app, server } = await listening((app) => {
    app.addHook('onRoute', ({ method, url }) => void happened.push(`onRoute ${String(method)} ${url}`))
    app.addHook('onReady', async () => void happened.push('onReady'))
    app.addHook('onListen', async () => void happened.push('onListen'))
    app.addHook('preClose', async () => void happened.push('preClose'))
    app.addHook('onClose', async () => void happened.push('onClose'))
    app.get('/', { exposeHeadRoute: false }, async () => '')
  })
  const { port } = server.address()!
  assert.deepEqual(
    app.addresses().map((address) => typeof address === 'object' && address.port),
    [port],
  )
  assert.match(app.listeningOrigin, new RegExp(`:${port}$`))
  await app.close()
  assert.deepEqual(happened, ['onRoute GET /', 'onReady', 'onListen', 'preClose', 'onClose'])
  assert.equal(server.listening, false)
})

test('fastify: answers what is injected as it answers what is sent', async () => {
  const { app, clients } = await listening((app) => app.post('/', async (request, reply) => reply.code(201).send({ got: request.body })))
  const headers = { 'content-type': 'application/json' }
  const injected = await app.inject({ method: 'POST', url: '/', headers, payload: '{"a":1}' })
  for (const client of clients) {
    const { status, text, headers: fields } = await client.ask('/', { method: 'POST', headers, body: '{"a":1}' })
    assert.deepEqual([status, text, fields['content-type']], [injected.statusCode, injected.body, injected.headers['content-type']])
  }
})

test('fastify: what is under way when it closes is answered, and nothing after', async () => {
  const under = Promise.withResolvers<void>()
  let arrived = 0
  const all = Promise.withResolvers<void>()
  const { app, server, clients } = await listening((app) =>
    app.get('/', async () => {
      arrived += 1
      if (arrived === 3) all.resolve()
      await under.promise
      return 'whole'
    }),
  )
  const answers = clients.map((client) => client.ask('/'))
  await all.promise
  const closed = app.close()
  under.resolve()
  assert.deepEqual(
    (await Promise.all(answers)).map(({ status, text }) => [status, text]),
    [
      [200, 'whole'],
      [200, 'whole'],
      [200, 'whole'],
    ],
  )
  await closed
  assert.equal(server.listening, false)
  for (const { version, ask } of clients) await assert.rejects(ask('/'), `HTTP/${version}`)
})

test('fastify: onRequestAbort hears of clients that give up, and onResponse of those that do not', async () => {
  const heard: string[] = []
  const events = new EventTarget()
  const { clients } = await listening((app) => {
    app.addHook('onRequestAbort', async (_) => void events.dispatchEvent(new Event('abort')))
    app.addHook('onResponse', async ({ method, url }) => {
      heard.push(`${method} ${url}`)
      events.dispatchEvent(new Event('response'))
    })
    app.get('/', async () => '')
    // Never answered: the client is to give up.
    app.get('/waits', () => void events.dispatchEvent(new Event('arrival')))
  })
  for (const client of clients) {
    const response = once(events, 'response')
    await client.ask('/')
    await response
    const [arrival, abort] = [once(events, 'arrival'), once(events, 'abort')]
    const giving = new AbortController()
    const asked = assert.rejects(client.ask('/waits', { signal: giving.signal }), `HTTP/${client.version}`)
    await arrival
    giving.abort()
    await asked
    await abort
  }
  assert.deepEqual(heard, ['GET /', 'GET /', 'GET /'])
})

async function listening(build: (app: FastifyInstance) => unknown): Promise<Listening> {
  let server: HttpServer | undefined
  const app = fastify({
    serverFactory(handler) {
      server = createServer(identity, handler)
      return server as unknown as ReturnType<typeof import('node:http').createServer>
    },
  })
  build(app)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const clients = clientsOf(server!.address()!)
  after(async () => {
    for (const client of clients) await client.close()
    await app.close()
  })
  return { app, server: server!, clients }
}
