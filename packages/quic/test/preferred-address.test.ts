// The address at which a server would rather be reached, on a virtual network. RFC 9000 section 9.6.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RemoteAddress } from '../src/core/paths/path-address.ts'
import { shakenHands, upload } from './support/connected.ts'
import { Pair, type PairOptions, Socket } from './support/pair.ts'

function connected(options: PairOptions): Pair {
  const pair = shakenHands(options)
  // Until the spare connection ids have arrived.
  pair.pass(100)
  return pair
}

function results(pair: Pair, end: 'client' | 'server'): string[] {
  return pair[end].events.flatMap((event) => (event.type === 'pathValidation' ? [event.result] : []))
}

const PREFERRED = { family: 4, address: '198.51.100.77', port: 8443 } as const
const OFFER = {
  ipv4: { address: new Uint8Array([198, 51, 100, 77]), port: 8443 },
  ipv6: null,
  connectionId: new Uint8Array([9, 9, 9, 9, 9, 9, 9, 9]),
  statelessResetToken: new Uint8Array(16).fill(7),
}

test("a client goes to the server's preferred address once it answers there (section 9.6)", () => {
  const pair = new Pair({ server: { preferredAddress: OFFER }, preferredAddress: () => PREFERRED })
  pair.server.sockets.push(new Socket(PREFERRED.address, PREFERRED.port))
  assert.ok(pair.run(() => pair.client.connection.path.remote.port === PREFERRED.port, 5000))
  assert.deepEqual([...pair.client.connection.path.remoteId.connectionId], [...OFFER.connectionId])
  assert.ok(upload(pair, 100_000))
  assert.equal(pair.server.connection.path.local, pair.server.sockets[1])
  pair.release()
})

test('until the server has validated the way from its preferred address, it goes on from the original one (section 9.6.2)', () => {
  const pair = new Pair({ server: { preferredAddress: OFFER }, preferredAddress: () => PREFERRED })
  const preferred = new Socket(PREFERRED.address, PREFERRED.port)
  pair.server.sockets.push(preferred)
  const moves: unknown[] = []
  pair.onevent = ({ side, connection }, event) => {
    if (side === 'server' && event.type === 'pathChanged') moves.push([event.local === preferred, connection.path.validated])
  }
  assert.ok(pair.run(() => moves.length > 0, 5000))
  pair.pass(3000)
  assert.deepEqual(moves, [[true, true]])
  pair.release()
})

test("a stranger who passes on a client's packet to the preferred address moves nobody (section 9.6.2)", () => {
  const challenges: RemoteAddress[] = []
  const pair = connected({
    server: { preferredAddress: OFFER },
    drop: (from, _datagram, _index, way) => {
      if (from === 'server' && way.from.port === PREFERRED.port) challenges.push(way.to)
      return false
    },
  })
  const [home, preferred] = [pair.server.sockets[0], new Socket(PREFERRED.address, PREFERRED.port)]
  pair.server.sockets.push(preferred)
  const stranger = { family: 4, address: '203.0.113.66', port: 1 } as const
  pair.client.connection.spaces.application.pingWanted = true
  pair.server.receive(pair.client.transmit(pair.now)!, pair.now, stranger, preferred)
  assert.ok(upload(pair, 10_000))
  pair.pass(10_000)
  assert.ok(challenges.length > 0 && challenges.every((to) => to.port === stranger.port), 'it is asked, and does not answer')
  assert.equal(pair.server.connection.path.local, home)
  assert.deepEqual(results(pair, 'server'), ['failure'])
  pair.release()
})

test('the time that a challenge took is what the round trip of a new path is taken for, and no sample (RFC 9002 section 6.2.2)', () => {
  const pair = new Pair({ server: { preferredAddress: OFFER }, preferredAddress: () => PREFERRED, delayMillis: 40 })
  pair.server.sockets.push(new Socket(PREFERRED.address, PREFERRED.port))
  const guesses: unknown[] = []
  pair.onevent = ({ side, connection }, event) => {
    if (side !== 'client' || event.type !== 'pathValidation') return
    const { rtt } = connection.path.recovery
    guesses.push([rtt.smoothed, rtt.variance, rtt.firstSampleAt])
  }
  assert.ok(pair.run(() => guesses.length > 0, 5000))
  assert.deepEqual(guesses, [[80, 40, null]])
  pair.release()
})

test('a preferred address that does not answer is left alone (section 9.6.2)', () => {
  const pair = connected({ server: { preferredAddress: OFFER }, preferredAddress: () => PREFERRED })
  const home = pair.client.connection.path
  pair.pass(10_000)
  assert.equal(pair.client.connection.path, home)
  assert.deepEqual(results(pair, 'client'), ['failure'])
  assert.ok(upload(pair, 10_000))
  pair.release()
})

test('a client may ignore the preferred address', () => {
  const pair = connected({ server: { preferredAddress: OFFER } })
  pair.server.sockets.push(new Socket(PREFERRED.address, PREFERRED.port))
  assert.ok(upload(pair, 10_000))
  assert.equal(pair.client.connection.path.remote.port, 443)
  pair.release()
})

test('once it has moved, a server drops what still goes to its original address, but for what is late (section 9.6.2)', () => {
  const pair = new Pair({ server: { preferredAddress: OFFER }, preferredAddress: () => PREFERRED })
  const preferred = new Socket(PREFERRED.address, PREFERRED.port)
  pair.server.sockets.push(preferred)
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  const { server, client } = pair
  client.connection.spaces.application.pingWanted = true
  const late = client.transmit(pair.now)!
  const from = client.sockets[0]!.place
  assert.ok(pair.run(() => server.connection.path.local === preferred, 5000))
  assert.ok(upload(pair, 10_000))
  const before = server.connection.stats.packets
  server.receive(late, pair.now, from, server.sockets[0]!)
  assert.equal(server.connection.stats.packets, before + 1, 'that one left before the move')
  client.connection.spaces.application.pingWanted = true
  server.receive(client.transmit(pair.now)!, pair.now, from, server.sockets[0]!)
  assert.equal(server.connection.stats.packets, before + 1)
  assert.equal(server.connection.path.local, preferred)
  assert.ok(upload(pair, 10_000))
  pair.release()
})
