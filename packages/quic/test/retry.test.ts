// A client and Retry packets, on virtual time. RFC 9000 section 17.2.5.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Writer } from '@millrace/bytes'
import { Arena, initialKeys, retryIntegrityTag } from '@millrace/native'
import { TAG_LENGTH } from '../src/core/crypto/protection.ts'
import { encodeFrame } from '../src/core/wire/frames/index.ts'
import { parseHeader, patchLength, writeLongHeader } from '../src/core/wire/packet-header.ts'
import { writeRetry } from '../src/core/wire/retry.ts'
import { closeOf } from './support/connected.ts'
import { Pair } from './support/pair.ts'

const ORIGINAL = randomBytes(8)
const SOURCE = randomBytes(8)
/** One that means nothing, and has an id of one byte like retry_source_connection_id. RFC 9000 section 18.1. */
const RESERVED_PARAMETER = 27

/** A pair whose server has sent a Retry, if `said` is what its transport parameters tell of it; null where they tell nothing. */
function meeting(said: Uint8Array | null = SOURCE, token: Uint8Array = new Uint8Array(0)): { pair: Pair; tokens: Set<string> } {
  const tokens = new Set<string>()
  const pair = new Pair({
    connection: (side) =>
      side === 'client'
        ? { originalDestination: ORIGINAL, remoteConnectionId: ORIGINAL, token }
        : { originalDestination: ORIGINAL, retrySource: SOURCE, addressValidated: true },
    tamper: (side, encoded) => {
      const bytes = Buffer.from(encoded)
      const at = bytes.indexOf(SOURCE)
      if (side === 'client' || at < 0) return bytes
      if (said !== null) bytes.set(said, at)
      else bytes[at - 2] = RESERVED_PARAMETER
      return bytes
    },
    drop: (from, datagram) => {
      const header = parseHeader(datagram, 0, datagram.length, 8)
      if (from === 'client' && header?.type === 'initial') tokens.add(Buffer.from(header.token).toString())
      return false
    },
  })
  return { pair, tokens }
}

function retry(pair: Pair, token: string, source: Uint8Array = SOURCE, unused = 0): Buffer {
  const writer = new Writer(Buffer.alloc(300))
  const dcid = pair.client.connection.localIds.first
  writeRetry(writer, { version: 1, dcid, scid: source, token: Buffer.from(token) }, unused)
  writer.bytes(retryIntegrityTag(1, ORIGINAL, writer.target.subarray(0, writer.offset)))
  return Buffer.from(writer.target.subarray(0, writer.offset))
}

/** What a server without any state says of a token: its packet bears the id that it was sent to, and no number but 0. */
function invalidToken(pair: Pair, sentTo: Uint8Array = SOURCE): Buffer {
  const arena = Arena.allocate(200)
  const { sealer, opener } = initialKeys('server', 1, sentTo)
  const writer = new Writer(arena.bytes)
  const dcid = pair.client.connection.localIds.first
  const lengthAt = writeLongHeader(writer, { type: 'initial', version: 1, dcid, scid: sentTo }, 0, 1)
  const payload = writer.offset
  encodeFrame({ type: 'connectionClose', layer: 'transport', code: 0x0bn, frameType: 0, reason: '' }, writer)
  const length = writer.offset - payload
  patchLength(arena.bytes, lengthAt, 1 + length + TAG_LENGTH)
  sealer.seal(arena, 0, payload, 1, length, 0)
  sealer.release()
  opener.release()
  return Buffer.from(arena.bytes.subarray(0, payload + length + TAG_LENGTH))
}

test('the token goes with every Initial packet after it, the keys are of the new id, and a second Retry is ignored', () => {
  const { pair, tokens } = meeting()
  pair.client.receive(retry(pair, 'first'), pair.now)
  pair.client.receive(retry(pair, 'second', randomBytes(8)), pair.now)
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed'), 10_000))
  assert.deepEqual([...tokens], ['first'])
  pair.release()
})

test('a Retry with a wrong tag, without a token, or that changes no id is none', () => {
  const { pair, tokens } = meeting()
  const wrong = retry(pair, 'wrong')
  wrong[wrong.length - 1]! ^= 1
  for (const bytes of [wrong, retry(pair, ''), retry(pair, 'same', ORIGINAL)]) pair.client.receive(bytes, pair.now)
  assert.equal(pair.client.connection.tokens.retrySource, null)
  pair.run(() => tokens.size > 0, 1000)
  assert.deepEqual([...tokens], [''])
  pair.release()
})

test('a server that names another Retry source is refused with TRANSPORT_PARAMETER_ERROR (section 7.3)', () => {
  const { pair } = meeting(randomBytes(8))
  pair.client.receive(retry(pair, 'token'), pair.now)
  pair.run(() => closeOf(pair.client) !== null, 10_000)
  const close = closeOf(pair.client)
  assert.ok(close?.type === 'closed' && close.code === 0x08n && close.initiator === 'local')
  pair.release()
})

test('INVALID_TOKEN may be about a datagram that was damaged: the first is treated as lost, and the handshake goes on (section 8.1.2)', () => {
  const { pair } = meeting()
  pair.client.receive(retry(pair, 'token'), pair.now)
  pair.client.receive(invalidToken(pair), pair.now)
  assert.equal(closeOf(pair.client), null)
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed'), 10_000))
  pair.release()
})

test('the second INVALID_TOKEN is believed (section 10.2.3)', () => {
  const { pair } = meeting()
  pair.client.receive(retry(pair, 'token'), pair.now)
  for (let i = 0; i < 2; i++) pair.client.receive(invalidToken(pair), pair.now)
  assertRefused(pair)
})

test('without a Retry the first INVALID_TOKEN is believed: the token is an old one', () => {
  const { pair } = meeting()
  pair.client.receive(invalidToken(pair, ORIGINAL), pair.now)
  assertRefused(pair)
})

test('a server that tells nothing of its Retry is refused with TRANSPORT_PARAMETER_ERROR (section 7.3)', () => {
  const { pair } = meeting(null)
  pair.client.receive(retry(pair, 'token'), pair.now)
  pair.run(() => closeOf(pair.client) !== null, 10_000)
  const close = closeOf(pair.client)
  assert.ok(close?.type === 'closed' && close.code === 0x08n && close.initiator === 'local')
  pair.release()
})

test('bits of a Retry that mean nothing are ignored', () => {
  for (const unused of [0x01, 0x06, 0x0f]) {
    const { pair } = meeting()
    pair.client.receive(retry(pair, 'token', SOURCE, unused), pair.now)
    assert.ok(pair.client.connection.tokens.retrySource !== null)
    pair.release()
  }
})

test('after a Retry a client has the same ClientHello, the same id of its own, and packet numbers that go on', () => {
  const { pair } = meeting()
  const { recovery, spaces, localIds } = pair.client.connection
  const source = Buffer.from(localIds.first)
  const commit = recovery.commit.bind(recovery)
  const numbers: number[] = []
  recovery.commit = (space, packet, size, now) => {
    if (space === 'initial') numbers.push(packet.number)
    commit(space, packet, size, now)
  }
  spaces.initial.crypto.write = () => assert.fail('another ClientHello')
  const first = pair.client.transmit(pair.now)!
  assert.ok(numbers.length > 0)
  pair.client.receive(retry(pair, 'token'), pair.now)
  const second = pair.client.transmit(pair.now)!
  for (const datagram of [first, second]) assert.deepEqual(Buffer.from(parseHeader(datagram, 0, datagram.length, 8)!.scid), source)
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed'), 10_000))
  assert.ok(
    numbers.every((number, i) => i === 0 || number > numbers[i - 1]!),
    `${numbers}`,
  )
  pair.release()
})

test('a token of an earlier connection goes with every Initial packet, until a Retry gives another, which is for this connection alone', () => {
  const { pair, tokens } = meeting(SOURCE, Buffer.from('earlier'))
  const first = pair.client.transmit(pair.now)!
  assert.equal(Buffer.from(parseHeader(first, 0, first.length, 8)!.token).toString(), 'earlier')
  pair.client.receive(retry(pair, 'of the Retry'), pair.now)
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed'), 10_000))
  assert.deepEqual([...tokens], ['of the Retry'])
  assert.ok(!pair.client.has('tokenReceived'), 'it is not handed on')
  pair.release()

  const silent = meeting(SOURCE, Buffer.from('earlier'))
  silent.pair.run(() => silent.pair.datagrams > 2, 100)
  assert.deepEqual([...silent.tokens], ['earlier'])
  silent.pair.release()
})

function assertRefused(pair: Pair): void {
  const close = closeOf(pair.client)
  assert.ok(close?.type === 'closed' && close.code === 0x0bn && close.initiator === 'peer')
  pair.release()
}
