// Rules that a peer can break before the handshake is done, and the code with which the connection ends.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader, Writer } from '@millrace/bytes'
import { TRANSPORT_ERRORS, type TransportErrorName } from '../src/core/errors.ts'
import { FRAMES, type Frame } from '../src/core/wire/frames/index.ts'
import { closeOf, described } from './support/connected.ts'
import { SAMPLES } from './support/frame-samples.ts'
import { type Content, Hostile, type Sealing } from './support/hostile.ts'
import { Pair } from './support/pair.ts'

const ping: Frame = { type: 'ping' }
const crypto = (offset: number, length: number): Frame => ({ type: 'crypto', offset, data: new Uint8Array(length) })

/** The client has all its keys and has answered; the server has not heard of it yet. */
function halfway(): Pair {
  const pair = new Pair()
  assert.ok(pair.run(() => pair.client.has('handshakeCompleted')))
  assert.ok(!pair.server.has('handshakeCompleted'))
  return pair
}

/** The server has the client's first datagram, and has not answered. */
function begun(): Pair {
  const pair = new Pair({ drop: (from) => from === 'server' })
  pair.run(() => pair.datagrams > 4, 15)
  return pair
}

/** The client's first flight was lost. */
function unheard(): Pair {
  const pair = new Pair({ drop: () => true })
  pair.run(() => true)
  return pair
}

function verdict(pair: Pair, content: readonly Content[], sealing: Sealing): string | null {
  const hostile = new Hostile(pair)
  hostile.send(content, sealing)
  const told = hostile.verdict
  pair.release()
  return told
}

for (const level of ['initial', 'handshake'] as const) {
  const stage = level === 'initial' ? begun : halfway
  for (const kind of Object.values(FRAMES)) {
    if (kind.levels.includes(level)) continue
    test(`${kind.name} in a packet of level ${level}: PROTOCOL_VIOLATION`, () => {
      const frame = Object.values(SAMPLES)
        .flat()
        .find((sample) => FRAMES[sample.type] === kind)!
      assert.equal(verdict(stage(), [frame], { level }), 'PROTOCOL_VIOLATION')
    })
  }

  test(`CONNECTION_CLOSE of an application in a packet of level ${level}: PROTOCOL_VIOLATION`, () => {
    const close: Frame = { type: 'connectionClose', layer: 'application', code: 1n, frameType: 0, reason: '' }
    assert.equal(verdict(stage(), [close], { level }), 'PROTOCOL_VIOLATION')
  })

  for (const bits of [0x04, 0x08]) {
    test(`reserved bit 0x0${bits} in a packet of level ${level}: PROTOCOL_VIOLATION`, () => {
      assert.equal(verdict(stage(), [ping], { level, bits }), 'PROTOCOL_VIOLATION')
    })
  }

  test(`ACK of a packet that was never sent at level ${level}: PROTOCOL_VIOLATION`, () => {
    const ack: Frame = { type: 'ack', delay: 0, ranges: [{ smallest: 90, largest: 90 }], ecn: null }
    assert.equal(verdict(stage(), [ack], { level }), 'PROTOCOL_VIOLATION')
  })

  test(`CRYPTO bytes without end at level ${level}: CRYPTO_BUFFER_EXCEEDED`, () => {
    const stage = level === 'initial' ? unheard() : halfway()
    assert.equal(verdict(stage, [crypto(66_000, 10)], { level }), 'CRYPTO_BUFFER_EXCEEDED')
  })
}

test('an Initial packet without a frame: PROTOCOL_VIOLATION', () => {
  assert.equal(verdict(begun(), [], { level: 'initial', datagram: 1 }), null, 'too small a datagram is none at all')
  const pair = halfway()
  assert.equal(verdict(pair, [], { level: 'handshake' }), 'PROTOCOL_VIOLATION')
})

test('new CRYPTO bytes at a level that the handshake has left: PROTOCOL_VIOLATION', () => {
  assert.equal(verdict(begun(), [crypto(20_000, 10)], { level: 'initial' }), 'PROTOCOL_VIOLATION')
})

test('CRYPTO bytes again at a level that the handshake has left are no news', () => {
  assert.equal(verdict(begun(), [crypto(0, 10)], { level: 'initial' }), null)
})

test('garbage in place of a Finished: CRYPTO_ERROR', () => {
  assert.match(verdict(halfway(), [crypto(0, 100)], { level: 'handshake' }) ?? '', /^CRYPTO_ERROR/)
})

test('a TLS message after the handshake that TLS does not expect: CRYPTO_ERROR', () => {
  const pair = new Pair()
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  // KeyUpdate: QUIC has a way of its own. RFC 9001 section 6.
  const keyUpdate: Frame = { type: 'crypto', offset: 0, data: Uint8Array.of(24, 0, 0, 1, 0) }
  assert.equal(verdict(pair, [keyUpdate], {}), 'CRYPTO_ERROR (TLS alert 10)')
})

test('EndOfEarlyData, which QUIC does not use, before and after the handshake: CRYPTO_ERROR (RFC 9001 section 8.3)', () => {
  const endOfEarlyData: Frame = { type: 'crypto', offset: 0, data: Uint8Array.of(5, 0, 0, 0) }
  assert.equal(verdict(halfway(), [endOfEarlyData], { level: 'handshake' }), 'CRYPTO_ERROR (TLS alert 10)')
  const pair = new Pair()
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  assert.equal(verdict(pair, [endOfEarlyData], {}), 'CRYPTO_ERROR (TLS alert 10)')
})

test('an Initial packet in a datagram under 1200 bytes is dropped', () => {
  const pair = begun()
  const hostile = new Hostile(pair)
  const { dropped } = pair.server.connection.stats
  hostile.send([ping], { level: 'initial', datagram: 1199 })
  assert.equal(pair.server.connection.stats.dropped, dropped + 1)
  hostile.send([ping], { level: 'initial', datagram: 1200 })
  assert.equal(pair.server.connection.stats.dropped, dropped + 1)
  pair.release()
})

test('an Initial packet of a server that has a token is dropped', () => {
  const pair = new Pair({ drop: (from) => from === 'server' })
  pair.run(() => pair.datagrams > 2, 11)
  const hostile = new Hostile(pair, pair.server)
  hostile.send([ping], { level: 'initial', token: Uint8Array.of(1, 2, 3) })
  assert.deepEqual([pair.client.connection.stats.packets, pair.client.connection.stats.dropped], [0, 1])
  hostile.send([ping], { level: 'initial' })
  assert.equal(pair.client.connection.stats.packets, 1)
  pair.release()
})

for (const victim of ['client', 'server'] as const) {
  test(`a ${victim} drops handshake packets from another source connection id than the first`, () => {
    const pair = new Pair({ drop: (from) => from === 'server' })
    pair.run(() => pair.datagrams > 2, 11)
    const hostile = new Hostile(pair, victim === 'client' ? pair.server : pair.client)
    const { stats } = victim === 'client' ? pair.client.connection : pair.server.connection
    hostile.send([ping], { level: 'initial' })
    const { packets, dropped } = stats
    hostile.send([ping], { level: 'initial', source: new Uint8Array(8) })
    assert.deepEqual([stats.packets, stats.dropped], [packets, dropped + 1])
    pair.release()
  })
}

// Transport parameters. RFC 9000 sections 7.3, 7.4 and 18.2.

type Parameter = readonly [id: number, value: Uint8Array]

function parse(encoded: Uint8Array): Parameter[] {
  const parameters: Parameter[] = []
  const reader = new Reader(encoded)
  while (reader.remaining > 0) parameters.push([reader.varint(), reader.view(reader.varint()).slice()])
  return parameters
}

function encode(parameters: readonly Parameter[]): Uint8Array {
  const writer = new Writer(new Uint8Array(512))
  for (const [id, value] of parameters) {
    writer.varint(id)
    writer.varint(value.length)
    writer.bytes(value)
  }
  return writer.target.slice(0, writer.offset)
}

const without = (id: number) => (all: readonly Parameter[]) => all.filter((parameter) => parameter[0] !== id)
const replaced =
  (id: number, ...value: number[]) =>
  (all: readonly Parameter[]): readonly Parameter[] => [...without(id)(all), [id, Uint8Array.from(value)]]

interface Tampering {
  readonly what: string
  readonly who: 'client' | 'server' | 'both'
  readonly change: (all: readonly Parameter[]) => readonly Parameter[]
}

const TAMPERINGS: readonly Tampering[] = [
  { what: 'no initial_source_connection_id', who: 'both', change: without(0x0f) },
  { what: 'another initial_source_connection_id', who: 'both', change: replaced(0x0f, 1, 2, 3, 4, 5, 6, 7, 8) },
  { what: 'no original_destination_connection_id', who: 'server', change: without(0x00) },
  { what: 'another original_destination_connection_id', who: 'server', change: replaced(0x00, 1, 2, 3, 4, 5, 6, 7, 8) },
  { what: 'retry_source_connection_id without a Retry', who: 'server', change: replaced(0x10, 1, 2, 3, 4) },
  { what: 'original_destination_connection_id from a client', who: 'client', change: replaced(0x00, 1, 2, 3, 4, 5, 6, 7, 8) },
  { what: 'stateless_reset_token from a client', who: 'client', change: replaced(0x02, ...new Uint8Array(16)) },
  { what: 'preferred_address from a client', who: 'client', change: replaced(0x0d, ...new Uint8Array(49)) },
  { what: 'retry_source_connection_id from a client', who: 'client', change: replaced(0x10, 1, 2, 3, 4) },
  { what: 'a parameter twice', who: 'both', change: (all) => [...all, all.find(([id]) => id === 0x04)!] },
  { what: 'ack_delay_exponent of 21', who: 'both', change: replaced(0x0a, 21) },
  { what: 'max_ack_delay of 2^14', who: 'both', change: replaced(0x0b, 0x80, 0x00, 0x40, 0x00) },
  { what: 'max_udp_payload_size of 1199', who: 'both', change: replaced(0x03, 0x44, 0xaf) },
  { what: 'active_connection_id_limit of 1', who: 'both', change: replaced(0x0e, 1) },
  { what: 'initial_max_streams_bidi above 2^60', who: 'both', change: replaced(0x08, 0xd0, 0, 0, 0, 0, 0, 0, 1) },
  { what: 'a value that ends too late', who: 'both', change: replaced(0x04, 1, 2) },
  { what: 'a value that ends too early', who: 'both', change: replaced(0x04, 0x80, 0) },
]

for (const { what, who, change } of TAMPERINGS) {
  for (const side of who === 'both' ? (['client', 'server'] as const) : [who]) {
    test(`transport parameters of a ${side}, ${what}: TRANSPORT_PARAMETER_ERROR`, () => {
      const code: TransportErrorName = 'TRANSPORT_PARAMETER_ERROR'
      const pair = new Pair({ tamper: (from, encoded) => (from === side ? encode(change(parse(encoded))) : encoded) })
      const [victim, culprit] = side === 'client' ? [pair.server, pair.client] : [pair.client, pair.server]
      assert.ok(
        pair.run(() => closeOf(victim) !== null && closeOf(culprit) !== null, 10_000),
        described(pair),
      )
      for (const end of [victim, culprit]) {
        const reason = closeOf(end)
        assert.ok(reason?.type === 'closed')
        assert.deepEqual(
          [reason.layer, reason.code, reason.initiator],
          ['transport', BigInt(TRANSPORT_ERRORS[code]), end === victim ? 'local' : 'peer'],
        )
      }
      assert.ok(!victim.has('handshakeCompleted'), 'nobody is told of a connection')
      pair.release()
    })
  }
}

test('transport parameters that nobody knows are passed over', () => {
  const pair = new Pair({ tamper: (_, encoded) => encode([...parse(encoded), [0x3f, Uint8Array.of(1, 2, 3)]]) })
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  pair.release()
})
