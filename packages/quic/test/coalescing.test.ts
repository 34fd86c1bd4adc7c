// Several packets in one datagram. RFC 9000 section 12.2.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Frame } from '../src/core/wire/frames/index.ts'
import { PacketHeader, parseHeader } from '../src/core/wire/packet-header.ts'
import { Hostile } from './support/hostile.ts'
import { Pair } from './support/pair.ts'

const ping: Frame = { type: 'ping' }
const handshake = { level: 'handshake' } as const

/** The client has all its keys; the server waits for its Finished. */
function halfway(): { pair: Pair; hostile: Hostile; opened: () => number; dropped: () => number } {
  const pair = new Pair()
  assert.ok(pair.run(() => pair.client.has('handshakeCompleted')))
  const { packets, dropped } = pair.server.connection.stats
  const { stats } = pair.server.connection
  return { pair, hostile: new Hostile(pair), opened: () => stats.packets - packets, dropped: () => stats.dropped - dropped }
}

function types(datagram: Buffer): string[] {
  const found: string[] = []
  const header = new PacketHeader()
  for (let at = 0; at < datagram.length; at = header.end) {
    assert.ok(parseHeader(datagram, at, datagram.length, 8, header) !== null)
    found.push(header.type)
  }
  return found
}

test('a handshake shares datagrams between levels, each level at most once, lower levels first', () => {
  const order = ['initial', 'handshake', '1rtt']
  const seen = new Set<string>()
  const pair = new Pair({
    drop: (from, datagram) => {
      const inside = types(datagram)
      seen.add(`${from} ${inside.join(' ')}`)
      assert.deepEqual(
        inside,
        [...new Set(inside)].sort((a, b) => order.indexOf(a) - order.indexOf(b)),
      )
      if (inside.includes('initial') && from === 'client') assert.ok(datagram.length >= 1200)
      return false
    },
  })
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  assert.ok(
    [...seen].some((line) => line.startsWith('server initial handshake')),
    [...seen].join(', '),
  )
  assert.ok(pair.datagrams <= 12, `${pair.datagrams} datagrams`)
  pair.release()
})

test('a client whose Handshake packet follows acknowledges no Initial packets: by it both sides are done with them (RFC 9001 section 4.9.1)', () => {
  const said: string[] = []
  const pair = new Pair({
    drop: (from, datagram) => {
      if (from === 'client') said.push(types(datagram).join(' '))
      return false
    },
  })
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  // The ClientHello may take more than one datagram.
  assert.equal(
    said.find((inside) => inside !== 'initial'),
    'handshake 1rtt',
  )
  pair.release()
})

test('all packets of a datagram are opened', () => {
  const { pair, hostile, opened } = halfway()
  hostile.deliver(Buffer.concat([hostile.seal([ping], handshake), hostile.seal([ping], handshake), hostile.seal([ping], handshake)]))
  assert.equal(opened(), 3)
  pair.release()
})

test('a packet that does not open spoils none behind it', () => {
  const { pair, hostile, opened, dropped } = halfway()
  const damaged = hostile.seal([ping, ping, ping], handshake)
  damaged[damaged.length - 1]! ^= 1
  hostile.deliver(Buffer.concat([damaged, hostile.seal([ping], handshake)]))
  assert.deepEqual([opened(), dropped()], [1, 1])
  pair.release()
})

test('a packet for another connection id than the first is dropped', () => {
  const { pair, hostile, opened, dropped } = halfway()
  const stray = hostile.seal([ping], { ...handshake, destination: new Uint8Array(8) })
  hostile.deliver(Buffer.concat([hostile.seal([ping], handshake), stray, hostile.seal([ping], handshake)]))
  assert.deepEqual([opened(), dropped()], [2, 1])
  pair.release()
})

test('what follows the last packet, and is none, is ignored', () => {
  const { pair, hostile, opened } = halfway()
  hostile.deliver(Buffer.concat([hostile.seal([ping], handshake), Buffer.alloc(50)]))
  hostile.deliver(Buffer.concat([hostile.seal([ping], handshake), Buffer.alloc(50, 0xff)]))
  assert.equal(opened(), 2)
  assert.equal(hostile.verdict, null)
  pair.release()
})
