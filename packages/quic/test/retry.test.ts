// A client and Retry packets, on virtual time. RFC 9000 section 17.2.5.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Writer } from '@millrace/bytes'
import { retryIntegrityTag } from '@millrace/native'
import { parseHeader } from '../src/core/wire/packet-header.ts'
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
