// A server that is given other certificates while it runs, as those of ACME (RFC 8555) are each few weeks: who is connected notices nothing.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { Agent, request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { createCertificate } from '../../native/test/certificates.ts'
import type { RequestListener } from '../src/index.ts'
import { connectHttp3 } from './support/client.ts'
import { certificate, get, readAll } from './support/loopback.ts'
import { listening } from './support/served.ts'

const renewed = createCertificate({ name: 'renewed', hosts: ['localhost'] })
const RENEWED = { key: renewed.keys, cert: renewed.certs }
const ca = [certificate.certs, renewed.certs]

/** Sends one half of the content, and the other when it is told to. */
function inHalves(): { listener: RequestListener; finish(): void } {
  const rest = Promise.withResolvers<void>()
  const listener: RequestListener = async (_, response) => {
    response.write('one half, ')
    await rest.promise
    response.end('the other')
  }
  return { listener, finish: () => rest.resolve() }
}

const WHOLE = 'one half, the other'

test('HTTP/3: a response goes on, and the connection after it; new connections get the new certificate', async () => {
  const { listener, finish } = inHalves()
  const { server, port } = await listening({}, listener)
  const before = await connectHttp3(port)
  const stream = await before.request(get(), { endStream: true })
  await stream.response()
  server.setSecureContext(RENEWED)
  const later = await connectHttp3(port, { ca })
  await later.quic.opened
  assert.match(later.quic.peerCertificate!.subject, /renewed/)
  finish()
  assert.equal(String(await readAll(stream)), WHOLE)
  assert.equal(String(await readAll(await before.request(get(), { endStream: true }))), WHOLE)
  await Promise.all([before.close(), later.close()])
})

test('HTTP/2: likewise', async () => {
  const { listener, finish } = inHalves()
  const { server, port } = await listening({}, listener)
  const before = connectHttp2(`https://localhost:${port}`, { ca: certificate.certs })
  const stream = before.request({ ':path': '/' })
  await once(stream, 'response')
  server.setSecureContext(RENEWED)
  const later = connectHttp2(`https://localhost:${port}`, { ca })
  await once(later, 'connect')
  assert.equal(nameOf(later.socket as TLSSocket), 'renewed')
  finish()
  assert.equal(await text(stream), WHOLE)
  assert.equal(await text(before.request({ ':path': '/' })), WHOLE)
  assert.equal(nameOf(before.socket as TLSSocket), 'localhost')
  before.close()
  later.close()
})

test('HTTP/1.1: likewise, and the connection is kept alive (RFC 9112 section 9.3)', async () => {
  const { listener, finish } = inHalves()
  const { server, port } = await listening({ keepAliveTimeout: 600_000 }, listener)
  // A session that is resumed shows no certificate: it is as good as the one it came of. RFC 8446 section 2.2.
  const [before, later] = [0, 1].map(() => new Agent({ ca, keepAlive: true, maxSockets: 1, maxCachedSessions: 0 })) as [Agent, Agent]
  after(() => [before, later].map((agent) => agent.destroy()))
  const ask = async (agent: Agent): Promise<IncomingMessage> =>
    (await once(httpsRequest({ host: 'localhost', port, agent }).end(), 'response'))[0]
  const response = await ask(before)
  const { socket } = response
  server.setSecureContext(RENEWED)
  const other = await ask(later)
  assert.equal(nameOf(other.socket as TLSSocket), 'renewed')
  finish()
  assert.deepEqual([await text(response), await text(other)], [WHOLE, WHOLE])
  const next = await ask(before)
  assert.equal(next.socket, socket)
  assert.equal(nameOf(socket as TLSSocket), 'localhost')
  assert.equal(await text(next), WHOLE)
})

test('a certificate that cannot be read is refused, and the one before stays', async () => {
  const { server, port } = await listening({}, (_, response) => void response.end('served'))
  assert.throws(() => server.setSecureContext({ key: 'no key', cert: renewed.certs }), { code: 'ERR_HTTP3_OPTION' })
  const session = await connectHttp3(port)
  const overTcp = connectHttp2(`https://localhost:${port}`, { ca: certificate.certs })
  assert.equal(String(await readAll(await session.request(get(), { endStream: true }))), 'served')
  assert.equal(await text(overTcp.request({ ':path': '/' })), 'served')
  await session.close()
  overTcp.close()
})

function nameOf(socket: TLSSocket): unknown {
  return socket.getPeerCertificate().subject.CN
}
