// Fastify 5, unchanged but for its serverFactory, in each version of HTTP: what its documentation has.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after } from 'node:test'
import fastify, { type FastifyInstance } from 'fastify'
import { createServer, type HttpServer } from '../../src/index.ts'
import { clientsOf, identity } from '../support/client.ts'
import { inEachVersion, type Served } from '../support/served.ts'

function app(): { app: FastifyInstance; server: HttpServer } {
  let server: HttpServer | undefined
  const app = fastify({
    serverFactory(handler) {
      server = createServer(identity, handler)
      return server as unknown as ReturnType<typeof import('node:http').createServer>
    },
  })
  app.addHook('onRequest', async (_, reply) => void reply.header('x-hook', 'onRequest'))
  app.addHook('preSerialization', async (_, __, payload) => ({ ...(payload as object), hooked: true }))
  app.decorateRequest('user', '')
  app.get('/', async () => 'hello')
  app.get<{ Params: { id: string }; Querystring: Record<string, string> }>('/users/:id', async (request) => ({
    ...request.params,
    ...request.query,
  }))
  app.get('/about', async ({ protocol, hostname, ip, raw }) => ({ protocol, hostname, ip, version: raw.httpVersion }))
  app.post<{ Body: { name: string } }>(
    '/body',
    { bodyLimit: 32, schema: { body: { type: 'object', required: ['name'], properties: { name: { type: 'string', maxLength: 5 } } } } },
    async (request, reply) => reply.code(201).send({ name: request.body.name }),
  )
  app.get('/stream', (_, reply) => reply.type('text/plain').send(Readable.from(['one ', 'two ', 'three'])))
  app.get('/redirect', (_, reply) => reply.redirect('/'))
  app.get('/cookie', (_, reply) => reply.header('set-cookie', 'a=b').header('set-cookie', 'c=d').send())
  app.get('/throws', async () => {
    throw Object.assign(new Error('refused'), { statusCode: 418 })
  })
  app.get('/trailers', (_, reply) => reply.trailer('x-sum', async () => '42').send('with trailers'))
  app.register(
    async (child) => {
      child.get('/inner', async () => 'inner')
      child.setErrorHandler((error: Error, _, reply) => reply.code(500).send(`inner: ${error.message}`))
      child.get('/throws', async () => Promise.reject(new Error('inside')))
    },
    { prefix: '/plugin' },
  )
  return { app, server: server! }
}

async function start(): Promise<Served> {
  const made = app()
  await made.app.listen({ port: 0, host: '127.0.0.1' })
  const clients = clientsOf(made.server.address()!)
  after(async () => {
    for (const client of clients) await client.close()
    await made.app.close()
  })
  return { server: made.server, clients }
}

inEachVersion('fastify: a route answers, hooks ran, HEAD has no content', start, async (client) => {
  const { status, text, headers } = await client.ask('/')
  assert.deepEqual([status, text, headers['x-hook']], [200, 'hello', 'onRequest'])
  const head = await client.ask('/', { method: 'HEAD' })
  assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', '5'])
})

inEachVersion('fastify: parameters, query, and what a request says of its connection', start, async (client) => {
  assert.deepEqual(JSON.parse((await client.ask('/users/7?x=1')).text), { id: '7', x: '1', hooked: true })
  const about = JSON.parse((await client.ask('/about')).text)
  assert.deepEqual(about, { protocol: 'https', hostname: 'localhost', ip: '127.0.0.1', version: client.version, hooked: true })
})

inEachVersion('fastify: bodies are parsed and checked by their schema', start, async (client) => {
  const headers = { 'content-type': 'application/json' }
  const good = await client.ask('/body', { method: 'POST', headers, body: '{"name":"Ada"}' })
  assert.deepEqual([good.status, good.text], [201, '{"name":"Ada","hooked":true}'])
  const pieces = async function* () {
    yield Buffer.from('{"name":')
    yield Buffer.from('"Bob"}')
  }
  assert.equal((await client.ask('/body', { method: 'POST', headers, body: pieces() })).text, '{"name":"Bob","hooked":true}')
  assert.equal((await client.ask('/body', { method: 'POST', headers, body: '{"name":"Augusta"}' })).status, 400)
  assert.equal((await client.ask('/body', { method: 'POST', headers: { 'content-type': 'text/xml' }, body: '<a/>' })).status, 415)
  const large = `{"name":"Ada"${' '.repeat(32)}}`
  assert.equal((await client.ask('/body', { method: 'POST', headers, body: large })).status, 413)
})

inEachVersion('fastify: streams, redirects, cookies, trailers', start, async (client) => {
  assert.equal((await client.ask('/stream')).text, 'one two three')
  const { status, headers } = await client.ask('/redirect')
  assert.deepEqual([status, headers.location], [302, '/'])
  assert.deepEqual((await client.ask('/cookie')).headers['set-cookie'], ['a=b', 'c=d'])
  const answer = await client.ask('/trailers', { headers: { te: 'trailers' } })
  assert.deepEqual([answer.text, answer.trailers['x-sum']], ['with trailers', '42'])
})

inEachVersion('fastify: plugins, errors, and what nobody serves', start, async (client) => {
  assert.equal((await client.ask('/plugin/inner')).text, 'inner')
  assert.equal((await client.ask('/plugin/throws')).text, 'inner: inside')
  const { status, text } = await client.ask('/throws')
  assert.deepEqual([status, JSON.parse(text).message], [418, 'refused'])
  assert.equal((await client.ask('/nowhere')).status, 404)
})
