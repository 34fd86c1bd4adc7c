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

/** A pair whose server has sent a Retry, if `said` is what its transport parameters tell of it. */
function meeting(said: Uint8Array = SOURCE): { pair: Pair; tokens: Set<string> } {
  const tokens = new Set<string>()
  const pair = new Pair({
    connection: (side) =>
      side === 'client'
        ? { originalDestination: ORIGINAL, remoteConnectionId: ORIGINAL }
        : { originalDestination: ORIGINAL, retrySource: SOURCE, addressValidated: true },
    tamper: (side, encoded) => {
      const bytes = Buffer.from(encoded)
      const at = bytes.indexOf(SOURCE)
      if (side === 'server' && at >= 0) bytes.set(said, at)
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

function retry(pair: Pair, token: string, source: Uint8Array = SOURCE): Buffer {
  const writer = new Writer(Buffer.alloc(300))
  const dcid = pair.client.connection.parameters.initialSourceConnectionId!
  writeRetry(writer, { version: 1, dcid, scid: source, token: Buffer.from(token) }, 0)
  writer.bytes(retryIntegrityTag(1, ORIGINAL, writer.target.subarray(0, writer.offset)))
  return Buffer.from(writer.target.subarray(0, writer.offset))
}

/** What a server without any state says of a token: its packet bears the id that it was sent to, and no number but 0. */
function invalidToken(pair: Pair, sentTo: Uint8Array = SOURCE): Buffer {
  const arena = Arena.allocate(200)
  const { sealer, opener } = initialKeys('server', 1, sentTo)
  const writer = new Writer(arena.bytes)
  const dcid = pair.client.connection.parameters.initialSourceConnectionId!
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

function assertRefused(pair: Pair): void {
  const close = closeOf(pair.client)
  assert.ok(close?.type === 'closed' && close.code === 0x0bn && close.initiator === 'peer')
  pair.release()
}
