// What stands in the headers that each side sends, and what is made of a version that nobody agreed on. RFC 9000 sections 5.2, 7.2, 12.2, 12.3 and 17.2.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Side } from '../src/core/streams/stream-id.ts'
import { PacketHeader, parseHeader } from '../src/core/wire/packet-header.ts'
import { upload } from './support/connected.ts'
import { Hostile } from './support/hostile.ts'
import { Pair, type PairOptions, seeded } from './support/pair.ts'

interface Seen {
  readonly from: Side
  /** Which datagram it was in. */
  readonly datagram: number
  readonly type: string
  readonly dcid: string
  readonly scid: string
  readonly tokenLength: number
}

/** Every packet that either side sent. */
function watched(options: PairOptions = {}): { pair: Pair; seen: Seen[] } {
  const seen: Seen[] = []
  const header = new PacketHeader()
  const pair = new Pair({
    ...options,
    drop: (from, bytes, datagram, way) => {
      for (let at = 0; at < bytes.length && parseHeader(bytes, at, bytes.length, 8, header) !== null; at = header.end) {
        const { type, tokenLength } = header
        const isLong = type !== '1rtt'
        seen.push({
          from,
          datagram,
          type,
          dcid: hex(header.dcid),
          scid: isLong ? hex(header.scid) : '',
          tokenLength: isLong ? tokenLength : 0,
        })
      }
      return options.drop?.(from, bytes, datagram, way) ?? false
    },
  })
  return { pair, seen }
}

test('until a server answers, all packets of a client go to the id that it made up', () => {
  const { pair, seen } = watched({ drop: (from) => from === 'server' })
  pair.pass(10_000)
  const sent = seen.filter(({ from }) => from === 'client')
  assert.ok(sent.length > 4)
  assert.equal(new Set(sent.map(({ dcid }) => dcid)).size, 1)
  assert.equal(new Set(sent.map(({ scid }) => scid)).size, 1)
  pair.release()
})

test('afterwards each side sends to the id that the other chose, and keeps its own; a server shows no token', () => {
  const { pair, seen } = watched()
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  const [client, server] = [pair.client, pair.server].map((end) => hex(end.connection.localIds.first))
  const long = seen.filter(({ type }) => type !== '1rtt')
  const answered = seen.findIndex(({ from }) => from === 'server')
  for (const { from, dcid, scid, tokenLength } of long) {
    assert.equal(scid, from === 'client' ? client : server)
    if (from === 'server') assert.deepEqual([dcid, tokenLength], [client, 0])
  }
  const later = seen.slice(answered).filter(({ from, type }) => from === 'client' && type === 'handshake')
  assert.ok(later.length > 0)
  assert.ok(later.every(({ dcid }) => dcid === server))
  pair.release()
})

test('all packets of a datagram go to the same id', () => {
  const { pair, seen } = watched()
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  assert.ok(upload(pair, 50_000))
  const datagrams = [...Map.groupBy(seen, ({ datagram }) => datagram).values()]
  assert.ok(datagrams.some((packets) => packets.length > 1))
  for (const packets of datagrams) assert.equal(new Set(packets.map(({ dcid }) => dcid)).size, 1)
  pair.release()
})

test('packet numbers of a space only rise, whatever is lost', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const random = seeded(seed)
    const pair = new Pair({ drop: () => random() < 0.2 })
    for (const end of [pair.client, pair.server]) {
      const { recovery } = end.connection
      const commit = recovery.commit.bind(recovery)
      const last = new Map<string, number>()
      recovery.commit = (space, packet, size, now) => {
        assert.ok(packet.number > (last.get(space) ?? -1), `seed ${seed}: ${end.side}, ${space} ${packet.number}`)
        last.set(space, packet.number)
        commit(space, packet, size, now)
      }
    }
    assert.ok(
      pair.run(() => pair.client.has('handshakeConfirmed')),
      `seed ${seed}`,
    )
    assert.ok(upload(pair, 100_000), `seed ${seed}`)
    pair.release()
  }
})

for (const version of [2, 0x1a2a_3a4a]) {
  test(`a client drops packets of version ${version}, which it did not choose`, () => {
    const pair = new Pair({ drop: (from) => from === 'server' })
    pair.run(() => pair.datagrams > 2, 11)
    const packet = new Hostile(pair, pair.server).seal([{ type: 'ping' }], { level: 'initial' })
    const other = Buffer.from(packet)
    other.writeUInt32BE(version, 1)
    const { stats } = pair.client.connection
    pair.client.receive(other, pair.now)
    assert.equal(stats.packets, 0)
    pair.client.receive(packet, pair.now)
    assert.equal(stats.packets, 1)
    pair.release()
  })
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
