// How large datagrams become, and that no data is lost on the way there. RFC 8899, RFC 9000 section 14.3.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connected, say, shakenHands, upload } from './support/connected.ts'
import { type Pair, Socket } from './support/pair.ts'

/** Fills a datagram, which is when the search begins. */
const FULL: Buffer = Buffer.alloc(2000)

test('a path that carries the largest datagram is found to by one probe', () => {
  const pair = shakenHands({ maxDatagramSize: 1452 })
  for (const end of [pair.client, pair.server]) say(end, FULL, 'uni')
  pair.pass(1000)
  assert.equal(pair.client.connection.path.mtu.size, 1452)
  assert.equal(pair.server.connection.path.mtu.size, 1452)
  pair.release()
})

test('no probe is sent before a datagram was full, or somebody asks what one may hold', () => {
  const pair = shakenHands({ maxDatagramSize: 1452 })
  const { path, recovery } = pair.client.connection
  say(pair.client, Buffer.alloc(1000), 'uni')
  pair.pass(5000)
  assert.equal(path.mtu.size, 1200)
  assert.equal(pair.server.connection.path.mtu.size, 1200)
  const before = recovery.stats.packetsSent
  assert.equal(path.mtu.need(), true)
  assert.equal(path.mtu.need(), false, 'the search has begun')
  pair.pass(1000)
  assert.ok(recovery.stats.packetsSent > before)
  assert.equal(path.mtu.size, 1452)
  pair.release()
})

for (const mtu of [1200, 1280, 1372, 1400, 1451]) {
  test(`a path that carries ${mtu} bytes is used up to within 16 of them, and lost probes do not slow the sender`, () => {
    const pair = shakenHands({ maxDatagramSize: 1452, mtu: () => mtu })
    const { recovery, path } = pair.client.connection
    say(pair.client, FULL, 'uni')
    const before = recovery.controller.window
    for (let i = 0; i < 40; i++) {
      pair.client.connection.spaces.application.pingWanted = true
      pair.pass(200)
    }
    assert.ok(path.mtu.size <= mtu && path.mtu.size > mtu - 16, `${path.mtu.size}`)
    // RFC 9000 section 14.4: the loss of a probe is no sign of congestion.
    assert.ok(recovery.stats.packetsLost >= 3)
    assert.ok(recovery.controller.window >= before)
    assert.equal(recovery.controller.slowStartThreshold, Number.POSITIVE_INFINITY)
    pair.release()
  })
}

test('a peer that takes no more than 1300 bytes is never sent more', () => {
  let largest = 0
  const pair = shakenHands({
    maxDatagramSize: 1452,
    server: { maxUdpPayloadSize: 1300 },
    drop: (from, datagram) => {
      if (from === 'client') largest = Math.max(largest, datagram.length)
      return false
    },
  })
  assert.ok(upload(pair, 500_000, 600_000))
  assert.equal(largest, 1300)
  pair.release()
})

test('a path that begins to swallow large datagrams is noticed, and the data arrives (RFC 8899 section 4.3)', () => {
  let mtu = 1452
  const pair = shakenHands({ maxDatagramSize: 1452, mtu: () => mtu })
  assert.ok(upload(pair, 300_000, 600_000))
  assert.equal(pair.client.connection.path.mtu.size, 1452)
  mtu = 1250
  assert.ok(upload(pair, 300_000, 600_000))
  assert.ok(pair.client.connection.path.mtu.size <= 1250)
  pair.release()
})

test('after a black hole a larger size is tried again a minute later', () => {
  let mtu = 1452
  const pair = shakenHands({ maxDatagramSize: 1452, mtu: () => mtu, keepAliveMillis: 5000 })
  assert.ok(upload(pair, 300_000, 600_000))
  mtu = 1250
  assert.ok(upload(pair, 300_000, 600_000))
  mtu = 1452
  pair.pass(70_000)
  assert.equal(pair.client.connection.path.mtu.size, 1452)
  pair.release()
})

test('1200 as the largest size sends no probe at all', () => {
  let largest = 0
  const pair = shakenHands({
    maxDatagramSize: 1200,
    drop: (_from, datagram) => {
      largest = Math.max(largest, datagram.length)
      return false
    },
  })
  pair.pass(5000)
  assert.equal(largest, 1200)
  pair.release()
})

test('by a socket that cannot forbid fragments nothing larger than 1200 bytes leaves, also where a session moves to it (section 14)', () => {
  const sizes: number[] = []
  const pair: Pair = connected({
    maxDatagramSize: 1452,
    drop: (from, datagram, _index, way) => {
      if (from === 'client' && way.from.port === 5000) sizes.push(datagram.length)
      return false
    },
  })
  assert.ok(upload(pair, 100_000))
  const { client } = pair
  assert.equal(client.connection.path.mtu.size, 1452)
  const portable = new Socket('203.0.113.5', 5000, 1200)
  client.sockets.push(portable)
  assert.ok(client.connection.migrate(portable, client.connection.path.remote, pair.now))
  assert.ok(upload(pair, 100_000))
  pair.pass(10_000)
  assert.equal(client.connection.path.mtu.size, 1200)
  assert.equal(Math.max(...sizes), 1200)
  pair.release()
})
