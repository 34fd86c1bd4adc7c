// Fastify 5's timeouts, which its serverFactory hands to the server, in each version of HTTP. https://fastify.dev/docs/latest/Reference/Server
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { after, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import fastify, { type FastifyServerOptions } from 'fastify'
import { createServer, type HttpServer, type RequestListener } from '../../src/index.ts'
import { clientsOf, connectHttp3, identity } from '../support/client.ts'
import { certificate, get } from '../support/loopback.ts'

type Timeouts = Pick<FastifyServerOptions, 'connectionTimeout' | 'keepAliveTimeout' | 'requestTimeout'>

/** As a program would write it that has Fastify's options in one place. */
async function listening(timeouts: Timeouts, answered?: (server: HttpServer) => void): Promise<HttpServer> {
  let server: HttpServer | undefined
  const app = fastify({
    ...timeouts,
    serverFactory(handler: RequestListener, options: Record<string, unknown>) {
      const { connectionTimeout, keepAliveTimeout, requestTimeout } = options as Required<Timeouts>
      server = createServer({ ...identity, keepAliveTimeout, requestTimeout }, handler).setTimeout(connectionTimeout)
      return server as unknown as ReturnType<typeof import('node:http').createServer>
    },
  })
  app.get('/', async () => {
    answered?.(server!)
    return 'content'
  })
  app.get('/silent', () => undefined)
  app.post('/', async () => 'all of it')
  await app.listen({ port: 0, host: '127.0.0.1' })
  after(() => app.close())
  return server!
}

test('fastify: connectionTimeout gives up a request on which nothing comes or goes', async () => {
  const server = await listening({ connectionTimeout: 300 })
  await Promise.all(clientsOf(server.address()!).map((client) => assert.rejects(client.ask('/silent'), client.version)))
  server.setTimeout(0)
  for (const client of clientsOf(server.address()!)) {
    assert.equal((await client.ask('/')).text, 'content', client.version)
    await client.close()
  }
})

test('fastify: requestTimeout answers 408 to a request that does not arrive', async () => {
  const server = await listening({ requestTimeout: 200 })
  for (const client of clientsOf(server.address()!)) {
    const over = new AbortController()
    const unfinished = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('begun')
      await new Promise((resolve) => over.signal.addEventListener('abort', resolve))
    }
    // HTTP/1.1 closes the connection behind it, perhaps while the client still writes.
    const headers = { 'content-type': 'text/plain' }
    const { status } = await client.ask('/', { method: 'POST', headers, body: unfinished(), onhead: () => over.abort() })
    assert.equal(status, 408, client.version)
    await client.close()
  }
})

test('fastify: keepAliveTimeout ends connections on which nothing is under way', async () => {
  // Connections have all the time there is for their first request, and hardly any for another.
  const patient = 600_000
  const server = await listening({ keepAliveTimeout: patient }, (of) => {
    of.keepAliveTimeout = 1
  })
  assert.equal(server.keepAliveTimeout, patient)
  const { port } = server.address()!

  const socket = connectTls({ host: '127.0.0.1', port, servername: 'localhost', ca: certificate.certs, ALPNProtocols: ['http/1.1'] })
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
  socket.resume()
  await once(socket, 'close')

  server.keepAliveTimeout = patient
  const session = connectHttp2(`https://localhost:${port}`, { ca: certificate.certs })
  session.request({ ':path': '/' }).resume()
  const [code] = await once(session, 'goaway')
  assert.equal(code, 0)
  await once(session, 'close')

  server.keepAliveTimeout = patient
  const http3 = await connectHttp3(port)
  const stream = await http3.request(get('/'), { endStream: true })
  await stream.response()
  await http3.closed
})

test('the timeouts of a server may be set while it runs, as those of node:http', async () => {
  const server = createServer(identity, (_, response) => void response.end())
  assert.deepEqual([server.requestTimeout, server.headersTimeout, server.timeout], [300_000, 60_000, 0])
  assert.equal(server.keepAliveTimeout, 5_000, "as node:http's")
  server.requestTimeout = 1
  server.headersTimeout = 2
  server.keepAliveTimeout = 3
  server.timeout = 4
  assert.deepEqual([server.requestTimeout, server.headersTimeout, server.keepAliveTimeout, server.timeout], [1, 2, 3, 4])
  for (const wrong of [-1, 1.5, Number.NaN, 2 ** 31]) {
    assert.throws(() => Object.assign(server, { requestTimeout: wrong }), {
      code: 'ERR_HTTP3_OPTION',
      message: /^Option requestTimeout is /,
    })
    assert.throws(() => createServer({ ...identity, keepAliveTimeout: wrong }), { code: 'ERR_HTTP3_OPTION' })
  }
  assert.equal(server.requestTimeout, 1)
})
