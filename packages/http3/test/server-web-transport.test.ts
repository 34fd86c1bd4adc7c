// Sessions of WebTransport on the server that serves everything else. W3C WebTransport.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { createCertificate } from '../../native/test/certificates.ts'
import { createServer } from '../src/server/create-server.ts'
import type { WebTransportRequest } from '../src/webtransport/server.ts'
import { WebTransport } from '../src/webtransport/web-transport.ts'
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
