// What a client makes of Version Negotiation. RFC 9000 section 6.2.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Writer } from '@millrace/bytes'
import { PacketHeader, parseHeader } from '../src/core/wire/packet-header.ts'
import { VERSION_1, writeVersionNegotiation } from '../src/core/wire/version-negotiation.ts'
import { closeOf, connected } from './support/connected.ts'
import { Pair } from './support/pair.ts'

/** A client whose first flight went nowhere, and the answer of a server that speaks only `versions`. */
function refused(
  versions: readonly number[],
  change: (datagram: Buffer) => Buffer = (datagram) => datagram,
): { pair: Pair; answer: Buffer } {
  let first: Buffer | null = null
  const pair = new Pair({
    drop: (_, datagram) => {
      first ??= datagram
      return true
    },
  })
  pair.run(() => true)
  const header = parseHeader(first!, 0, first!.length, 8, new PacketHeader())!
  const writer = new Writer(new Uint8Array(200))
  writeVersionNegotiation(writer, header.scid, header.dcid, 0x15, versions)
  return { pair, answer: change(Buffer.from(writer.target.subarray(0, writer.offset))) }
}

test('a server that speaks other versions alone ends the attempt, without a word', () => {
  const { pair, answer } = refused([0x6b3343cf, 0x0a0a0a0a])
  pair.client.receive(answer, pair.now)
  assert.deepEqual(closeOf(pair.client), { type: 'versionMismatch', offered: [0x6b3343cf, 0x0a0a0a0a] })
  assert.equal(pair.client.transmit(pair.now), null)
  assert.ok(pair.client.connection.finished)
  pair.release()
})

const IGNORED: readonly { what: string; versions: readonly number[]; change?: (datagram: Buffer) => Buffer }[] = [
  { what: 'lists the version that we used', versions: [0x6b3343cf, VERSION_1] },
  { what: 'lists nothing', versions: [] },
  { what: 'ends in the middle of a version', versions: [0x6b3343cf], change: (datagram) => datagram.subarray(0, -1) },
  {
    what: 'does not know the id that we chose for the server',
    versions: [0x6b3343cf],
    change: (datagram) => {
      datagram[datagram.length - 5]! ^= 1
      return datagram
    },
  },
]

for (const { what, versions, change } of IGNORED) {
  test(`Version Negotiation is ignored when it ${what}`, () => {
    const { pair, answer } = refused(versions, change)
    pair.client.receive(answer, pair.now)
    assert.equal(closeOf(pair.client), null)
    pair.release()
  })
}

test('Version Negotiation is ignored once the server has answered', () => {
  const { answer } = refused([0x6b3343cf])
  const pair = connected()
  pair.client.receive(answer, pair.now)
  pair.server.receive(answer, pair.now)
  assert.deepEqual([closeOf(pair.client), closeOf(pair.server)], [null, null])
  pair.release()
})
