// What RFC 9001 asks of the messages of TLS, beyond what TLS asks itself: sections 4.1.3, 4.2, 4.4, 4.6.1, 8.3 and 8.4.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Reader } from '@millrace/bytes'
import { TlsContext } from '@millrace/native'
import { BareServer } from '../../native/test/bare-server.ts'
import { createCertificate } from '../../native/test/certificates.ts'
import type { Frame } from '../src/core/wire/frames/index.ts'
import { afterTickets } from './support/after-tickets.ts'
import { closeOf } from './support/connected.ts'
import { Hostile } from './support/hostile.ts'
import { newContexts, Pair } from './support/pair.ts'

const NO_EARLY_DATA = 0
const ALL_EARLY_DATA = 0xffff_ffff

/** A server that says what it likes after the handshake, in order. */
function afterHandshake(...messages: readonly Uint8Array[]): string | null {
  const { pair, hostile, say } = afterTickets()
  for (const data of messages) say(data)
  pair.release()
  return hostile.verdict
}

/** RFC 8446 section 4.6.1: an hour, age_add, nonce, ticket, and the extension early_data. */
function newSessionTicket(earlyData: number): Buffer {
  const extension = Buffer.from([0, 42, 0, 4, 0, 0, 0, 0])
  extension.writeUInt32BE(earlyData, 4)
  const body = Buffer.concat([Buffer.from([0, 0, 14, 16, 1, 2, 3, 4, 1, 9, 0, 4, 5, 6, 7, 8, 0, extension.length]), extension])
  return Buffer.concat([Buffer.from([4, 0, 0, body.length]), body])
}

/** RFC 8446 section 4.3.2: an empty context, no extensions. */
const CERTIFICATE_REQUEST = Buffer.from([13, 0, 0, 3, 0, 0, 0])

describe('after the handshake', () => {
  test('a NewSessionTicket that allows early data without limit is taken', () => {
    assert.equal(afterHandshake(newSessionTicket(ALL_EARLY_DATA)), null)
  })

  test('a NewSessionTicket that allows another amount of early data: PROTOCOL_VIOLATION', () => {
    for (const amount of [NO_EARLY_DATA, 16_384, ALL_EARLY_DATA - 1])
      assert.equal(afterHandshake(newSessionTicket(amount)), 'PROTOCOL_VIOLATION')
  })

  test('a CertificateRequest after the handshake: PROTOCOL_VIOLATION', () => {
    assert.equal(afterHandshake(CERTIFICATE_REQUEST), 'PROTOCOL_VIOLATION')
    assert.equal(afterHandshake(CERTIFICATE_REQUEST.subarray(0, 2), CERTIFICATE_REQUEST.subarray(2)), 'PROTOCOL_VIOLATION')
    const ticket = newSessionTicket(ALL_EARLY_DATA)
    assert.equal(afterHandshake(Buffer.concat([ticket, CERTIFICATE_REQUEST, ticket])), 'PROTOCOL_VIOLATION')
  })
})

test('CRYPTO bytes that wait behind a gap when the next level begins: PROTOCOL_VIOLATION', () => {
  const pair = new Pair({ drop: (_from, _datagram, index) => index < FIRST_FLIGHT })
  pair.run(() => true)
  const beyond: Frame = { type: 'crypto', offset: 5000, data: new Uint8Array(10) }
  // The number of a packet that was lost: the client's own go on from there.
  new Hostile(pair).send([beyond], { level: 'initial', number: 0 })
  assert.equal(closeOf(pair.server), null, 'they may come before those that are missing')
  assert.ok(pair.run(() => closeOf(pair.server) !== null))
  const close = closeOf(pair.server)
  assert.ok(close?.type === 'closed' && close.initiator === 'local' && close.code === 0x0an)
  pair.release()
})

/** Datagrams of a ClientHello with a post-quantum key share. */
const FIRST_FLIGHT = 2

test('a ClientHello offers TLS 1.3 and nothing older, and no session id of compatibility mode', () => {
  const hello = new Reader(clientHello())
  hello.skip(4 + 2 + 32)
  assert.equal(hello.u8(), 0, 'no session id: RFC 9001 section 8.4')
  hello.skip(hello.u16())
  hello.skip(hello.u8())
  const extensions = new Map<number, Buffer>()
  const end = hello.u16() + hello.offset
  while (hello.offset < end) extensions.set(hello.u16(), Buffer.from(hello.view(hello.u16())))
  const versions = extensions.get(SUPPORTED_VERSIONS)
  assert.deepEqual([...versions!], [2, 0x03, 0x04])
})

const SUPPORTED_VERSIONS = 43

function clientHello(): Uint8Array {
  const contexts = newContexts()
  const session = contexts.client.session({ transportParameters: new Uint8Array(1), servername: 'localhost' })
  session.start()
  const event = session.takeEvent()
  assert.ok(event?.type === 'cryptoProduced')
  session.release()
  contexts.client.release()
  contexts.server.release()
  return event.bytes
}

test('a ServerHello of TLS 1.2 ends the connection', () => {
  const contexts = newContexts()
  const session = contexts.client.session({ transportParameters: new Uint8Array(1), servername: 'localhost' })
  session.start()
  session.takeEvent()
  // Version, random, no session id, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, no compression, no extensions. RFC 5246 section 7.4.1.3.
  const body = Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(32, 7), Buffer.from([0, 0xc0, 0x2f, 0])])
  session.provide('initial', Buffer.concat([Buffer.from([2, 0, 0, body.length]), body]))
  const event = session.takeEvent()
  assert.deepEqual([event?.type, event?.type === 'alertRaised' && event.alert], ['alertRaised', PROTOCOL_VERSION])
  session.release()
  contexts.client.release()
  contexts.server.release()
})

/** RFC 8446 section 6.2. */
const PROTOCOL_VERSION = 70

test('a server that selects no application protocol: a client closes with no_application_protocol, 0x178 (RFC 9001 section 8.1)', () => {
  const identity = createCertificate({ name: 'localhost', hosts: ['localhost'] })
  const client = new TlsContext({ side: 'client', alpn: ['test'], ca: identity.certs })
  const { server, ...unused } = newContexts()
  unused.client.release()
  const pair = new Pair({
    contexts: { client, server },
    connection: (side) => (side === 'server' ? { tls: (parameters) => new BareServer(identity, parameters) } : {}),
  })
  assert.ok(pair.run(() => closeOf(pair.server) !== null))
  for (const [end, initiator] of [
    [pair.client, 'local'],
    [pair.server, 'peer'],
  ] as const) {
    const close = closeOf(end)
    assert.ok(close?.type === 'closed')
    assert.deepEqual([close.initiator, close.layer, close.code], [initiator, 'transport', NO_APPLICATION_PROTOCOL])
  }
  assert.equal(pair.client.has('handshakeCompleted'), false)
  pair.release()
  client.release()
  server.release()
})

/** RFC 9001 section 4.8: 0x100 and the alert, 120. */
const NO_APPLICATION_PROTOCOL = 0x178n

test('a client that sent early data sends no EndOfEarlyData', () => {
  const contexts = newContexts()
  const first = new Pair({ contexts })
  assert.ok(first.run(() => first.client.has('ticketReceived')))
  const ticket = first.client.events.find((event) => event.type === 'ticketReceived')!.ticket
  first.release()
  const pair = new Pair({ contexts, ticket, admit: () => true })
  const types: number[] = []
  const { crypto } = pair.client.connection.spaces.handshake
  const write = crypto.write.bind(crypto)
  crypto.write = (bytes) => {
    types.push(bytes[0]!)
    write(bytes)
  }
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  assert.equal(pair.client.events.find((event) => event.type === 'handshakeCompleted')?.earlyData, 'accepted')
  assert.deepEqual(types, [FINISHED])
  pair.release()
  contexts.client.release()
  contexts.server.release()
})

const FINISHED = 20
