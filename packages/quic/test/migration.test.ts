// Peers that move: on purpose, or because a NAT moved them. RFC 9000 sections 8.2 and 9.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shakenHands, upload } from './support/connected.ts'
import { Pair, type PairOptions, Socket } from './support/pair.ts'

function connected(options: PairOptions = {}): Pair {
  const pair = shakenHands(options)
  // Until the spare connection ids have arrived.
  pair.pass(100)
  return pair
}

function results(pair: Pair, end: 'client' | 'server'): string[] {
  return pair[end].events.flatMap((event) => (event.type === 'pathValidation' ? [event.result] : []))
}

test("a new port of the client's is followed once it is validated, and congestion state is kept (sections 9.3, 9.4)", () => {
  const pair = connected()
  assert.ok(upload(pair, 200_000))
  const { recovery, paths } = pair.server.connection
  const rtt = recovery.rtt.firstSampleAt
  assert.notEqual(rtt, null)
  pair.client.sockets[0]!.rebind('192.0.2.1', 2000)
  assert.ok(upload(pair, 200_000))
  pair.pass(1000)
  assert.equal(paths.active.remote.port, 2000)
  assert.ok(paths.active.validated)
  assert.ok(results(pair, 'server').includes('success'))
  assert.equal(recovery.rtt.firstSampleAt, rtt)
  pair.release()
})

test("a new address of the client's begins with new congestion state and round trip (section 9.4)", () => {
  const pair = connected({ server: { initialMaxStreamsBidi: 10 } })
  assert.ok(upload(pair, 200_000))
  const { recovery, paths } = pair.server.connection
  const before = recovery.rtt.firstSampleAt!
  pair.client.sockets[0]!.rebind('203.0.113.9', 2000)
  assert.ok(upload(pair, 200_000))
  pair.pass(1000)
  assert.equal(paths.active.remote.address, '203.0.113.9')
  assert.ok(paths.active.validated)
  assert.ok(recovery.rtt.firstSampleAt === null || recovery.rtt.firstSampleAt > before)
  pair.release()
})

test('an address that never answers is left for the last one that did (section 9.3.2)', () => {
  let spoofing = false
  const spoofed = { family: 4, address: '203.0.113.66', port: 1 } as const
  const pair = connected({ drop: (_from, _datagram, _index, way) => spoofing && way.to.address === spoofed.address })
  const home = pair.server.connection.path.remote
  // The newest packet of the client's arrives by way of someone else's address, who cannot answer.
  spoofing = true
  pair.client.connection.spaces.application.pingWanted = true
  const datagram = pair.client.transmit(pair.now)!
  pair.server.receive(datagram, pair.now, spoofed)
  assert.equal(pair.server.connection.path.remote, spoofed)
  pair.run(() => pair.server.connection.path.remote.address === home.address, 10_000)
  assert.deepEqual(pair.server.connection.path.remote, home)
  spoofing = false
  assert.ok(upload(pair, 10_000))
  pair.release()
})

test('an address not validated gets three times what came from it, at most (section 8)', () => {
  const spoofed = { family: 4, address: '203.0.113.66', port: 1 } as const
  let sent = 0
  const pair = connected({
    drop: (from, datagram, _index, way) => {
      if (from === 'server' && way.to.address === spoofed.address) sent += datagram.length
      return way.to.address === spoofed.address
    },
  })
  const stream = pair.server.connection.streams.openStream('uni')!
  pair.client.connection.spaces.application.pingWanted = true
  const datagram = pair.client.transmit(pair.now)!
  pair.server.receive(datagram, pair.now, spoofed)
  stream.send!.write(Buffer.alloc(100_000))
  pair.pass(2000)
  assert.ok(sent > 0 && sent <= 3 * datagram.length, `${sent} for ${datagram.length}`)
  pair.release()
})

test('an old packet that comes late from elsewhere moves nobody (section 9.3)', () => {
  const pair = connected()
  pair.client.connection.spaces.application.pingWanted = true
  const late = pair.client.transmit(pair.now)!
  assert.ok(upload(pair, 10_000))
  const home = pair.server.connection.path.remote
  pair.server.receive(late, pair.now, { family: 4, address: '203.0.113.66', port: 1 })
  assert.equal(pair.server.connection.path.remote, home)
  pair.release()
})

test('a client moves to another socket in the middle of an upload, under another connection id (sections 9.2, 9.5)', () => {
  const pair = connected()
  assert.ok(upload(pair, 100_000))
  const { client, server } = pair
  const before = Buffer.from(client.connection.path.remoteId.connectionId)
  const serverBefore = Buffer.from(server.connection.path.remoteId.connectionId)
  const second = new Socket('203.0.113.5', 5000)
  client.sockets.push(second)
  assert.ok(client.connection.migrate(second, client.connection.path.remote, pair.now))
  assert.ok(upload(pair, 300_000))
  pair.pass(3000)
  assert.equal(server.connection.path.remote.address, '203.0.113.5')
  assert.ok(!before.equals(client.connection.path.remoteId.connectionId), 'the client uses another id')
  assert.ok(!serverBefore.equals(server.connection.path.remoteId.connectionId), 'and so does the server')
  assert.ok(results(pair, 'client').includes('success'))
  assert.ok(client.events.some((event) => event.type === 'socketAbandoned' && event.local === client.sockets[0]))
  pair.release()
})

test('challenges and their answers are in datagrams of 1200 bytes at least (section 8.2.1)', () => {
  let moved = false
  const sizes: number[] = []
  const pair = connected({
    drop: (from, datagram, _index, way) => {
      if (moved && from === 'server' && way.to.port === 5000) sizes.push(datagram.length)
      return false
    },
  })
  const second = new Socket('203.0.113.5', 5000)
  pair.client.sockets.push(second)
  moved = true
  assert.ok(pair.client.connection.migrate(second, pair.client.connection.path.remote, pair.now))
  pair.pass(200)
  assert.ok(sizes[0]! >= 1200, `${sizes}`)
  pair.release()
})

test('a client that finds no way through its new socket goes back to the old one (section 9.3.2)', () => {
  const pair = connected({ drop: (_from, _datagram, _index, way) => way.from.port === 5000 || way.to.port === 5000 })
  const first = pair.client.connection.path
  const second = new Socket('203.0.113.5', 5000)
  pair.client.sockets.push(second)
  assert.ok(pair.client.connection.migrate(second, first.remote, pair.now))
  pair.pass(10_000)
  assert.equal(pair.client.connection.path, first)
  assert.deepEqual(results(pair, 'client'), ['failure'])
  assert.ok(upload(pair, 10_000))
  pair.release()
})

test('a server that forbids migration is obeyed (section 18.2)', () => {
  const pair = connected({ server: { disableActiveMigration: true } })
  assert.equal(pair.client.connection.migrate(new Socket('203.0.113.5', 5000), pair.client.connection.path.remote, pair.now), false)
  pair.release()
})

test('nobody migrates before the handshake is confirmed (section 9)', () => {
  const pair = new Pair()
  assert.equal(pair.client.connection.migrate(new Socket('203.0.113.5', 5000), pair.client.connection.path.remote, pair.now), false)
  pair.release()
})

test('packets of an unknown server are dropped (section 9)', () => {
  const pair = connected()
  pair.server.connection.spaces.application.pingWanted = true
  const datagram = pair.server.transmit(pair.now)!
  const { packets } = pair.client.connection.stats
  pair.client.receive(Buffer.from(datagram), pair.now, { family: 4, address: '203.0.113.66', port: 443 })
  assert.equal(pair.client.connection.stats.packets, packets)
  pair.client.receive(datagram, pair.now)
  assert.equal(pair.client.connection.stats.packets, packets + 1)
  pair.release()
})

test('a client may move a hundred times', () => {
  const pair = connected()
  for (let i = 0; i < 100; i++) {
    pair.client.sockets[0]!.rebind(`203.0.113.${i % 5}`, 2000 + i)
    assert.ok(upload(pair, 5000), `${i}`)
    pair.pass(300)
  }
  assert.equal(pair.server.connection.path.remote.port, 2099)
  pair.release()
})

test('all connection ids are replaced while data goes on, and the old ones retired (section 5.1.2)', () => {
  const pair = connected()
  const { localIds } = pair.server.connection
  const before = [...localIds.all()].map((id) => Buffer.from(id).toString('hex'))
  assert.ok(localIds.rotate(4))
  assert.equal(localIds.rotate(4), false, 'not again before the peer has retired the former ones')
  assert.ok(upload(pair, 200_000))
  pair.pass(500)
  const after = [...localIds.all()].map((id) => Buffer.from(id).toString('hex'))
  assert.equal(after.length, 4)
  assert.ok(after.every((id) => !before.includes(id)))
  assert.ok(after.includes(Buffer.from(pair.client.connection.path.remoteId.connectionId).toString('hex')))
  assert.ok(localIds.rotate(4))
  assert.ok(upload(pair, 10_000))
  pair.release()
})
