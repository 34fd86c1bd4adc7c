// Clients that show who they are. RFC 8446 sections 4.3.2 and 4.4.2, RFC 9001 section 4.8.
import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { test } from 'node:test'
import { TlsContext, type TlsContextOptions } from '@millrace/native'
import { createCertificate, type TestCertificate } from '../../native/test/certificates.ts'
import { connect, listen, QuicEndpoint, type QuicError, type QuicSession, type SessionOptions } from '../src/index.ts'
import { closeOf } from './support/connected.ts'
import { type Contexts, Pair } from './support/pair.ts'
import { dial, echo, readAll, serve, certificate as server } from './support/server.ts'

const authority = createCertificate({ name: 'Devices', isAuthority: true })
const device = createCertificate({ name: 'device 7', issuer: authority })
const other = createCertificate({ name: 'device 8', issuer: authority })
const stranger = createCertificate({ name: 'stranger' })
const expired = createCertificate({ name: 'device 6', issuer: authority, notAfter: new Date(Date.now() - 60_000) })

function contexts(client: TestCertificate | null, verifyClient: TlsContextOptions['verifyClient'] = true): Contexts {
  return {
    client: new TlsContext({ side: 'client', alpn: ['test'], ca: server.certs, ...(client !== null && { identity: client }) }),
    server: new TlsContext({
      side: 'server',
      alpn: ['test'],
      sni: { '*': server },
      earlyData: true,
      ca: authority.certs,
      ...(verifyClient !== undefined && { verifyClient }),
    }),
  }
}

function release({ client, server }: Contexts): void {
  client.release()
  server.release()
}

/** The code with which a server ends the handshake of such a client, and what it says; null if it lets it in. */
function verdict(
  client: TestCertificate | null,
  verifyClient?: TlsContextOptions['verifyClient'],
): { code: number; reason: string } | null {
  const both = contexts(client, verifyClient)
  const pair = new Pair({ contexts: both })
  pair.run(() => pair.server.has('handshakeCompleted') || pair.client.has('closed'))
  const atServer = closeOf(pair.server)
  const atClient = closeOf(pair.client)
  pair.release()
  release(both)
  if (atServer === null || atServer.type !== 'closed' || atClient?.type !== 'closed') return null
  assert.deepEqual([atServer.initiator, atClient.initiator], ['local', 'peer'])
  assert.deepEqual([atClient.code, atClient.reason], [atServer.code, atServer.reason])
  return { code: Number(atServer.code), reason: atServer.reason }
}

const CERTIFICATE_REQUIRED = 0x100 + 116
const UNKNOWN_CA = 0x100 + 48
const CERTIFICATE_EXPIRED = 0x100 + 45

test('a client that presents a certificate of the authority is let in, any other closes with CRYPTO_ERROR and a sentence', () => {
  assert.equal(verdict(device), null)
  assert.deepEqual(verdict(null), { code: CERTIFICATE_REQUIRED, reason: 'The client sent no certificate, and is not let in without one.' })
  const unknown = verdict(stranger)!
  assert.deepEqual(
    [unknown.code, /^The certificate of the client was not accepted: self-signed certificate/.test(unknown.reason)],
    [UNKNOWN_CA, true],
  )
  const late = verdict(expired)!
  assert.deepEqual(
    [late.code, /^The certificate of the client was not accepted: certificate has expired/.test(late.reason)],
    [CERTIFICATE_EXPIRED, true],
  )
})

test('where a certificate is optional, none is fine, and one that does not verify is not', () => {
  assert.equal(verdict(null, 'optional'), null)
  assert.equal(verdict(device, 'optional'), null)
  assert.equal(verdict(stranger, 'optional')!.code, UNKNOWN_CA)
  assert.equal(verdict(stranger, false), null, 'nobody asked')
})

test('a resumed session is that of the same client: the server knows it by its ticket, and a client with another certificate does not use it', () => {
  const both = contexts(device)
  const first = new Pair({ contexts: both })
  let ticket: Uint8Array | undefined
  first.onevent = (_, event) => {
    if (event.type === 'ticketReceived') ticket = event.ticket
  }
  assert.ok(first.run(() => ticket !== undefined))
  const resumedAs = (client: TlsContext): [resumed: boolean, known: boolean] => {
    const pair = new Pair({ contexts: { client, server: both.server }, ticket: ticket! })
    assert.ok(pair.run(() => pair.server.has('handshakeCompleted')))
    const done = pair.server.events.find((event) => event.type === 'handshakeCompleted')!
    const known = Buffer.from(pair.server.connection.handshake.peerCertificate!).equals(device.der)
    pair.release()
    return [done.resumed, known]
  }
  assert.deepEqual(resumedAs(both.client), [true, true])
  const another = contexts(other)
  assert.deepEqual(resumedAs(another.client), [false, false])
  first.release()
  release(both)
  release(another)
})

test('a ticket of a server that asked for nothing opens none that asks', () => {
  const open = contexts(null, false)
  const ticketKey = Buffer.alloc(32, 1)
  const [lax, strict] = [false, true].map(
    (verifyClient) =>
      new TlsContext({ side: 'server', alpn: ['test'], sni: { '*': server }, ticketKey, ca: authority.certs, verifyClient }),
  )
  const first = new Pair({ contexts: { client: open.client, server: lax! } })
  let ticket: Uint8Array | undefined
  first.onevent = (_, event) => {
    if (event.type === 'ticketReceived') ticket = event.ticket
  }
  assert.ok(first.run(() => ticket !== undefined))
  const second = new Pair({ contexts: { client: open.client, server: strict! }, ticket: ticket! })
  assert.ok(second.run(() => second.client.has('closed')))
  const reason = closeOf(second.server)
  assert.equal(reason?.type === 'closed' && Number(reason.code), CERTIFICATE_REQUIRED)
  for (const pair of [first, second]) pair.release()
  for (const context of [open.client, open.server, lax!, strict!]) context.release()
})

async function meet(client: Partial<SessionOptions>): Promise<{ session: QuicSession; atServer: QuicSession; end(): Promise<void> }> {
  const { endpoint, address, sessions } = await serve(echo, { verifyClient: true, ca: authority.certs })
  const session = await dial(address, client)
  await session.opened
  return { session, atServer: sessions[0]!, end: () => endpoint.close() }
}

test('over sockets: both sides know the certificates, until the session ends', async () => {
  const { session, atServer, end } = await meet({ certs: device.certs, keys: device.keys })
  const stream = await session.createBidirectionalStream()
  void stream.end('hello')
  assert.equal((await readAll(stream)).toString(), 'hello')
  assert.equal(atServer.peerCertificate?.subject, 'CN=device 7')
  assert.equal(session.certificate?.subject, 'CN=device 7')
  assert.equal(session.peerCertificate?.subject, 'CN=localhost')
  assert.ok(atServer.certificate?.checkPrivateKey(createPrivateKey(server.keys)))
  await session.close()
  await end()
  assert.equal(session.peerCertificate, undefined)
  assert.equal(atServer.certificate, undefined)
})

test("verifyClient: 'any' lets everyone in, and says of each certificate whether it holds, also after a resumption", async () => {
  const expired = createCertificate({ name: 'device 8', issuer: authority, notAfter: new Date(Date.now() - 1000) })
  const { endpoint, address, sessions } = await serve(echo, { verifyClient: 'any', ca: authority.certs })
  const shared = await QuicEndpoint.open({ address: '127.0.0.1:0' })
  const seen: unknown[] = []
  for (const identity of [device, expired, createCertificate({ name: 'stranger' }), null]) {
    for (const resumed of [false, true]) {
      const ticket = Promise.withResolvers<void>()
      const session = await dial(address, { ...(identity && { certs: identity.certs, keys: identity.keys }), endpoint: shared })
      session.onsessionticket = () => ticket.resolve()
      assert.equal((await session.opened).resumed, resumed)
      const stream = await session.createBidirectionalStream()
      void stream.end('hello')
      assert.equal((await readAll(stream)).toString(), 'hello')
      const atServer = sessions.at(-1)!
      seen.push([atServer.peerCertificate?.subject ?? null, atServer.peerCertificateError])
      await ticket.promise
      await session.close()
    }
  }
  const once = [
    ['CN=device 7', null],
    ['CN=device 8', 'CERT_HAS_EXPIRED'],
    ['CN=stranger', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    [null, null],
  ]
  assert.deepEqual(
    seen,
    once.flatMap((each) => [each, each]),
  )
  await shared.close()
  await endpoint.close()
})

test('over sockets: a client without a certificate opens, and is closed with ERR_QUIC_CERTIFICATE', async () => {
  const { session, atServer, end } = await meet({})
  assert.equal(session.certificate, undefined)
  await assert.rejects(session.closed, {
    code: 'ERR_QUIC_CERTIFICATE',
    errorCode: BigInt(CERTIFICATE_REQUIRED),
    message:
      'The peer closed the connection with CRYPTO_ERROR (certificate_required): The client sent no certificate, and is not let in without one.',
  } satisfies Partial<QuicError>)
  await assert.rejects(atServer.opened, { code: 'ERR_QUIC_CERTIFICATE', initiator: 'local' })
  await assert.rejects(atServer.closed, { code: 'ERR_QUIC_CERTIFICATE' })
  await end()
})

test('a certificate that no server asked for is not presented', async () => {
  const { endpoint, address, sessions } = await serve(echo)
  const session = await dial(address, { certs: device.certs, keys: device.keys })
  await session.opened
  const stream = await session.createBidirectionalStream()
  void stream.end('hello')
  await readAll(stream)
  assert.equal(session.certificate, undefined)
  assert.equal(sessions[0]!.peerCertificate, undefined)
  await session.close()
  await endpoint.close()
})

test('options that do not fit are said by name', async () => {
  const wrong: [options: Partial<SessionOptions>, side: 'client' | 'server', message: RegExp][] = [
    [{ certs: device.certs }, 'client', /^Option keys is missing/],
    [{ keys: device.keys }, 'client', /^Option certs is missing/],
    [{ certs: device.certs, keys: other.keys }, 'client', /^Option certs: the private key does not belong/],
    [{ certs: 'none', keys: device.keys }, 'client', /^Option certs holds no certificate/],
    [{ verifyClient: true }, 'server', /^Option ca is missing/],
    [{ verifyClient: true, ca: 'none' }, 'server', /^Option ca holds no certificate/],
    [
      { verifyClient: 'always' as 'optional', ca: authority.certs },
      'server',
      /^Option verifyClient is "always"; it may be true, false, "optional" or "any"/,
    ],
    [{ certs: device.certs, keys: device.keys }, 'server', /^Option certs is for clients/],
  ]
  for (const [options, side, message] of wrong) {
    const begun =
      side === 'client'
        ? connect('127.0.0.1:1', { alpn: 'test', ...options })
        : listen(() => {}, { alpn: 'test', sni: { '*': server }, ...options })
    await assert.rejects(begun, { code: 'ERR_QUIC_OPTION', message })
  }
})
