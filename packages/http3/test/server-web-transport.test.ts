// Sessions of WebTransport on the server that serves everything else. W3C WebTransport.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createCertificate } from '../../native/test/certificates.ts'
import { createServer } from '../src/server/create-server.ts'
import { serve } from '../src/server/serve.ts'
import type { HttpServer } from '../src/server/server.ts'
import type { WebTransportRequest } from '../src/webtransport/server.ts'
import { WebTransport } from '../src/webtransport/web-transport.ts'
import { connectHttp3 } from './support/client.ts'
import { text, write } from './support/web-transport.ts'

const certificate = createCertificate({ name: 'localhost', hosts: ['localhost', '127.0.0.1'] })

test('a listener for webtransport accepts sessions, when it likes; requests go on beside', async () => {
  const server = createServer({ key: certificate.keys, cert: String(certificate.certs) }, (_request, response) => response.end('a page'))
  after(() => server.close())
  server.on('webtransport', async (request: WebTransportRequest) => {
    assert.equal(request.path, '/chat')
    await Promise.resolve()
    const session = request.accept()
    for await (const { readable, writable } of session.incomingBidirectionalStreams) void readable.pipeTo(writable).catch(() => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()!
  const transport = new WebTransport(`https://127.0.0.1:${port}/chat`, { quic: { ca: certificate.certs, servername: 'localhost' } })
  const { readable, writable } = await transport.createBidirectionalStream()
  await write(writable, 'hello')
  assert.equal(await text(readable), 'hello')
  transport.close()
  await transport.closed
})

test('without such a listener nothing is offered', async () => {
  const server = createServer({ key: certificate.keys, cert: String(certificate.certs) }, (_request, response) => response.end('a page'))
  after(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const transport = new WebTransport(`https://127.0.0.1:${server.address()!.port}/`, {
    quic: { ca: certificate.certs, servername: 'localhost' },
  })
  await assert.rejects(transport.ready, { name: 'WebTransportError', message: /does not take WebTransport/ })
})

const identity = { key: certificate.keys, cert: String(certificate.certs) }
const SMALL = { maxSessions: 1, maxSessionData: 10_000, maxSessionStreams: 2 }

for (const [name, start] of Object.entries({
  createServer: async () => createServer({ ...identity, webTransport: SMALL }).listen(0, '127.0.0.1'),
  serve: () => serve({ ...identity, webTransport: SMALL, port: 0, hostname: '127.0.0.1', fetch: () => new Response() }),
} satisfies Record<string, () => Promise<HttpServer>>)) {
  test(`${name} offers sessions with the limits it was told (draft-ietf-webtrans-http3 sections 5.2 to 5.4)`, async () => {
    const server = await start()
    after(() => server.close())
    if (!server.listening) await once(server, 'listening')
    server.on('webtransport', (request: WebTransportRequest) => void request.accept())
    const { port } = server.address()!
    const transport = new WebTransport(`https://127.0.0.1:${port}/`, { quic: { ca: certificate.certs, servername: 'localhost' } })
    await transport.ready
    const first = await transport.createUnidirectionalStream()
    await transport.createUnidirectionalStream()
    await assert.rejects(transport.createUnidirectionalStream(), { name: 'QuotaExceededError' })
    const writing = write(first, 'x'.repeat(20_000)).catch(() => undefined)
    let written = 0
    while (written < 10_000) {
      await nextTurn()
      written = (await first.getStats()).bytesWritten
    }
    assert.equal(written, 10_000)
    transport.close()
    await writing
  })
}

test('a session more than maxSessions is refused with H3_REQUEST_REJECTED (draft-ietf-webtrans-http3 section 5.2)', async () => {
  const server = createServer({ ...identity, webTransport: SMALL }).listen(0, '127.0.0.1')
  after(() => server.close())
  server.on('webtransport', (request: WebTransportRequest) => void request.accept())
  await once(server, 'listening')
  const session = await connectHttp3(server.address()!.port, { ca: certificate.certs })
  await session.settings
  const connect = [':method', 'CONNECT', ':protocol', 'webtransport', ':scheme', 'https', ':authority', 'localhost', ':path', '/']
  const accepted = await session.request(connect)
  assert.deepEqual((await accepted.response()).slice(0, 2), [':status', '200'])
  const refused = await session.request(connect)
  await assert.rejects(refused.response(), { errorCode: 0x10bn })
  session.destroy()
})

test('limits of WebTransport that are none are refused by name', () => {
  for (const [name, value] of [
    ['maxSessions', 0],
    ['maxSessions', 65_537],
    ['maxSessionData', -1],
    ['maxSessionData', 2 ** 40 + 1],
    ['maxSessionStreams', 1.5],
    ['maxSessionStreams', 65_537],
  ] as const) {
    const make = (): HttpServer => createServer({ ...identity, webTransport: { [name]: value } })
    assert.throws(make, { code: 'ERR_HTTP3_OPTION', message: new RegExp(`${name} is ${value};`) })
  }
})
