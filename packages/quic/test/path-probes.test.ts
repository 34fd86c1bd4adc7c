// Which datagrams ask whether a path leads to the peer, and which answer. RFC 9000 sections 8.2, 9 and 21.5.3.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RemoteAddress } from '../src/core/paths/path-address.ts'
import type { SentPacket } from '../src/core/recovery/sent-packet.ts'
import { say, connected as settled, upload } from './support/connected.ts'
import { Hostile } from './support/hostile.ts'
import { type End, Pair, type PairOptions, Socket } from './support/pair.ts'

const ELSEWHERE: RemoteAddress = { family: 4, address: '203.0.113.66', port: 1 }
const DATA = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1)

function connected(options: PairOptions = {}): Pair {
  const pair = settled(options)
  // Until the spare connection ids have arrived.
  pair.pass(100)
  return pair
}

/** All that an end sends now, and where to. */
function sent(end: End, now: number): { datagram: Buffer; to: RemoteAddress }[] {
  const list: { datagram: Buffer; to: RemoteAddress }[] = []
  for (let datagram = end.transmit(now); datagram !== null; datagram = end.transmit(now)) list.push({ datagram, to: end.way.to })
  return list
}

for (const [size, least, most] of [
  [1200, 1200, 1200],
  [100, 1, 300],
] as const) {
  test(`a challenge of ${size} bytes from a new address is answered there, with no more than three times its bytes, and moves nobody`, () => {
    const pair = connected()
    const home = pair.server.connection.path.remote
    const probe = new Hostile(pair).seal(
      [
        { type: 'pathChallenge', data: DATA },
        { type: 'padding', length: size - 60 },
      ],
      { datagram: size },
    )
    assert.equal(probe.length, size)
    pair.server.receive(probe, pair.now, ELSEWHERE)
    const answers = sent(pair.server, pair.now).filter(({ to }) => to.address === ELSEWHERE.address)
    const bytes = answers.reduce((sum, { datagram }) => sum + datagram.length, 0)
    assert.ok(bytes >= least && bytes <= most, `${bytes}`)
    assert.equal(pair.server.connection.path.remote, home)
    pair.release()
  })
}

test('an answer counts on whatever path it arrives; the path that was left is asked as well (sections 8.2.2 and 9.3.3)', () => {
  const pair = connected()
  const home = pair.server.connection.path.remote
  pair.client.connection.spaces.application.pingWanted = true
  pair.server.receive(pair.client.transmit(pair.now)!, pair.now, ELSEWHERE)
  assert.equal(pair.server.connection.path.remote, ELSEWHERE)
  const challenges = sent(pair.server, pair.now)
  assert.deepEqual(new Set(challenges.map(({ to }) => to.address)), new Set([ELSEWHERE.address, home.address]))
  for (const { datagram, to } of challenges) if (to.address === ELSEWHERE.address) pair.client.receive(datagram, pair.now)
  assert.equal(pair.server.connection.path.validation.pending, true)
  // A datagram of 1200 bytes needs one of 400 bytes before it: as often as the limit makes it necessary.
  for (let round = 0; round < 3; round++) {
    for (const { datagram } of sent(pair.client, pair.now)) pair.server.receive(datagram, pair.now, home)
    for (const { datagram, to } of sent(pair.server, pair.now))
      if (to.address === ELSEWHERE.address) pair.client.receive(datagram, pair.now)
  }
  assert.ok(
    pair.server.events.some(
      (event) => event.type === 'pathValidation' && event.remote.address === ELSEWHERE.address && event.result === 'success',
    ),
  )
  pair.release()
})

test('a peer that moves where it was asked not to is followed all the same (section 9)', () => {
  const pair = connected({ server: { disableActiveMigration: true } })
  pair.client.sockets[0]!.rebind('192.0.2.1', 2000)
  assert.ok(upload(pair, 50_000))
  pair.pass(1000)
  const { path } = pair.server.connection
  assert.deepEqual([path.remote.port, path.validated], [2000, true])
  pair.release()
})

const PREFERRED: RemoteAddress = { family: 4, address: '198.51.100.77', port: 8443 }
const OFFER = {
  ipv4: { address: new Uint8Array([198, 51, 100, 77]), port: 8443 },
  ipv6: null,
  connectionId: new Uint8Array(8).fill(9),
  statelessResetToken: new Uint8Array(16).fill(7),
}

test('until a preferred address has answered nothing but challenges goes there (section 21.5.3)', () => {
  let probes = 0
  let last: readonly [frames: number, chunks: number] = [0, 0]
  const pair: Pair = new Pair({
    server: { preferredAddress: OFFER },
    preferredAddress: () => PREFERRED,
    drop: (from, _datagram, _index, way) => {
      if (from === 'server' || way.to.port !== PREFERRED.port || pair.client.connection.path.remote.port === PREFERRED.port) return false
      probes++
      assert.deepEqual(last, [0, 0])
      return false
    },
  })
  const { recovery } = pair.client.connection
  const commit = recovery.commit.bind(recovery)
  recovery.commit = (space, packet: SentPacket, size, now) => {
    last = [packet.frameCount, packet.chunkCount]
    commit(space, packet, size, now)
  }
  pair.server.sockets.push(new Socket(PREFERRED.address, PREFERRED.port))
  assert.ok(pair.run(() => pair.client.has('handshakeCompleted')))
  say(pair.client, Buffer.alloc(100_000), 'uni')
  assert.ok(pair.run(() => pair.client.connection.path.remote.port === PREFERRED.port, 5000))
  assert.ok(probes > 0)
  pair.release()
})

test('a client that moves while it asks the preferred address gives the move up when that answers (section 9.6.3)', () => {
  const NOWHERE = 5000
  const pair = new Pair({
    server: { preferredAddress: OFFER },
    preferredAddress: () => PREFERRED,
    drop: (_from, _datagram, _index, way) => way.from.port === NOWHERE || way.to.port === NOWHERE,
  })
  pair.server.sockets.push(new Socket(PREFERRED.address, PREFERRED.port))
  assert.ok(pair.run(() => pair.client.has('handshakeConfirmed')))
  const { connection } = pair.client
  const second = new Socket('203.0.113.5', NOWHERE)
  pair.client.sockets.push(second)
  assert.ok(connection.migrate(second, connection.path.remote, pair.now))
  assert.ok(pair.run(() => connection.path.remote.port === PREFERRED.port, 5000))
  pair.pass(10_000)
  const results = pair.client.events.flatMap((event) => (event.type === 'pathValidation' ? [`${event.result} ${event.remote.port}`] : []))
  assert.deepEqual(results, [`success ${PREFERRED.port}`])
  assert.ok(upload(pair, 50_000))
  pair.release()
})
