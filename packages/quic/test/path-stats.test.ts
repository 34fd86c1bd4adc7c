// What is counted of paths, losses and waiting, in virtual time. RFC 9000 section 9, RFC 9002.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessionStats } from '../src/api/session-stats.ts'
import { NewReno } from '../src/core/congestion/new-reno.ts'
import type { Path } from '../src/core/paths/path.ts'
import { connected, say, upload } from './support/connected.ts'
import { DATAGRAM, Flows } from './support/flows.ts'
import { Pair } from './support/pair.ts'

test('paths that were opened, validated and gone over to are counted', () => {
  const pair = connected()
  pair.pass(100)
  pair.client.sockets[0]!.rebind('203.0.113.9', 2000)
  const [before] = pair.server.connection.paths.all
  const bytesBefore = before!.amplification.bytesReceived
  assert.ok(upload(pair, 100_000))
  const [now, former] = pair.server.connection.paths.all
  assert.equal(former, before)
  assert.ok(now!.recovery.flight.packetsSent > 0 && now!.recovery !== former!.recovery, 'each path has its own')
  assert.ok(bytesBefore > 1200 && now!.amplification.bytesReceived > 90_000, `${bytesBefore} and ${now!.amplification.bytesReceived}`)
  // It is asked whether the client is still there, too, and does not answer.
  pair.pass(10_000)
  assert.equal(pair.server.connection.paths.all.length, 1, 'the one that was left is forgotten')
  const { pathsOpened, pathsValidated, pathChanges } = sessionStats(pair.server.connection)
  // The path that was left is asked once more, too: RFC 9000 section 9.3.3.
  assert.deepEqual([pathsOpened, pathChanges, pathsValidated >= 1], [1, 1, true])
  pair.release()
})

test('each path knows what went and came by it, when it was opened and when it was left', () => {
  const pair = connected()
  assert.ok(upload(pair, 50_000))
  const movedAt = pair.now
  pair.client.sockets[0]!.rebind('203.0.113.9', 2000)
  assert.ok(upload(pair, 100_000))
  const { paths, stats, createdAt } = pair.server.connection
  const [now, former] = paths.all as [Path, Path]
  assert.deepEqual([former.id, now.id, former.openedAt, now.leftAt], [0, 1, createdAt, null])
  assert.ok(now.openedAt > movedAt && former.leftAt === now.openedAt, `${now.openedAt}, ${former.leftAt}`)
  assert.ok(former.streamBytesReceived >= 50_000 && now.streamBytesReceived >= 100_000)
  assert.equal(former.packetsReceived + now.packetsReceived, stats.packets)
  const { rebindings, rebindingsValidated } = sessionStats(pair.server.connection)
  assert.deepEqual([rebindings, rebindingsValidated], [1, 1])
  const sent = pair.client.connection.path.streamBytesSent
  const { streamBytesSent, streamBytesResent } = sessionStats(pair.client.connection)
  assert.equal(sent, streamBytesSent + streamBytesResent)
  pair.release()
})

test('what is sent again, and how long there was silence, is counted where it happened', () => {
  let lost = false
  const pair = connected({ drop: (from) => lost && from === 'client' })
  lost = true
  const stream = say(pair.client, Buffer.alloc(5000), 'uni')
  pair.pass(3000)
  lost = false
  assert.ok(pair.run(() => stream.send!.ended))
  const stats = sessionStats(pair.client.connection)
  assert.ok(stats.longestSilence >= 2 && stats.longestSilence <= stats.probeTimeouts, JSON.stringify(stats))
  assert.equal(pair.client.connection.path.recovery.probeTimeouts, stats.probeTimeouts)
  assert.ok(stats.streamBytesResent >= 5000)
  assert.equal(stream.send!.credit.resent, stats.streamBytesResent)
  assert.ok(stream.send!.frames >= 10)
  assert.ok(stream.openedAt <= stream.firstSentAt! && stream.sendEndedAt! >= stream.firstSentAt! + 3000)
  const theirs = pair.server.connection.path
  assert.ok(theirs.streamBytesReceived >= 5000)
  pair.release()
})

test('what the window and the pacer hold back is counted', () => {
  const pair = connected()
  const before = sessionStats(pair.client.connection)
  assert.deepEqual([before.congestionLimited, before.pacingLimited], [0, 0])
  assert.ok(upload(pair, 500_000))
  const after = sessionStats(pair.client.connection)
  assert.ok(after.congestionLimited > 0 && after.pacingLimited > 0, JSON.stringify(after))
  assert.equal(after.streamBytesSent, 500_000)
  pair.release()
})

test('packets that were late and not lost are counted as such (RFC 9002 section 6.1)', () => {
  let count = 0
  const pair = connected({
    carry: (from, datagram) => [{ datagram, lateMillis: from === 'client' && (datagram[0]! & 0x80) === 0 && ++count === 12 ? 15 : 0 }],
  })
  assert.ok(upload(pair, 200_000))
  pair.pass(1000)
  const stats = sessionStats(pair.client.connection)
  assert.deepEqual([stats.packetsLost, stats.packetsLostSpuriously], [1, 1])
  pair.release()
})

test('on a path that reorders and loses nothing, every loss turns out to be none (RFC 9002 section 6.1.1)', (t) => {
  const seed = 9002
  const run = new Flows([{ controller: new NewReno(DATAGRAM), bytes: 500_000 }], {
    seed,
    toServer: { delayMillis: 25, reorderRate: 0.02, reorderMillis: 15 },
    toClient: { delayMillis: 25 },
  })
  run.runUntil(() => run.flows[0]!.done, 60_000)
  run.run(run.now + 1000)
  const { packetsLost, packetsLostSpuriously } = sessionStats(run.flows[0]!.pair.client.connection)
  t.diagnostic(`${packetsLostSpuriously} of ${packetsLost} (seed ${seed})`)
  assert.ok(packetsLost > 0 && packetsLostSpuriously === packetsLost, `${packetsLostSpuriously} of ${packetsLost} (seed ${seed})`)
  run.release()
})

test('the first probe timeout is the option, or three times the initial round trip (RFC 9002 section 6.2)', () => {
  for (const [recovery, expected] of [
    [{}, 999],
    [{ initialRttMillis: 100 }, 300],
    [{ initialRttMillis: 100, initialProbeTimeoutMillis: 70 }, 70],
  ] as const) {
    const sentAt: number[] = []
    const pair: Pair = new Pair({
      connection: () => ({ recovery }),
      drop: (from) => {
        if (from === 'client') sentAt.push(pair.now)
        return true
      },
    })
    const began = pair.now
    pair.run(() => sentAt.some((at) => at > began), 2000)
    assert.equal(sentAt.at(-1)! - began, expected)
    pair.release()
  }
})
