// How long data that was ready had to wait, and for what, in virtual time: the window, the pacer, the peer's credit. RFC 9002 section 7, RFC 9000 section 4.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessionStats } from '../src/api/session-stats.ts'
import type { CongestionController } from '../src/core/congestion/controller.ts'
import type { Stream } from '../src/core/streams/stream.ts'
import { at, connected, open, read, say } from './support/connected.ts'
import type { Pair } from './support/pair.ts'

/** A window that stays what it is, in bytes, at a rate in bytes per millisecond. */
function fixed(window: number, pacingRate: number): CongestionController {
  return {
    name: 'fixed',
    window,
    pacingRate,
    slowStartThreshold: 0,
    inSlowStart: false,
    packetsAcknowledged() {},
    packetsLost() {},
    congestionExperienced() {},
    persistentCongestion() {},
    datagramSizeChanged() {},
    reset() {},
  }
}

function pairWith(window: number, pacingRate: number, options: Parameters<typeof connected>[0] = {}): Pair {
  return connected({ controller: () => fixed(window, pacingRate), ...options })
}

/** Until the last byte has left for the first time. Returns the milliseconds from now on. */
function untilSent(pair: Pair, stream: Stream): number {
  const from = pair.now
  assert.ok(pair.run(() => stream.send!.unsent === 0))
  return pair.now - from
}

const limited = (pair: Pair): readonly number[] => {
  const { congestionLimitedMillis, pacingLimitedMillis, creditLimitedMillis } = sessionStats(pair.client.connection)
  return [congestionLimitedMillis, pacingLimitedMillis, creditLimitedMillis]
}

test('a window that is too small holds data back until its last byte has left (RFC 9002 section 7)', () => {
  const pair = pairWith(2400, Number.POSITIVE_INFINITY)
  assert.deepEqual(limited(pair), [0, 0, 0])
  const stream = say(pair.client, Buffer.alloc(20_000), 'uni')
  const millis = untilSent(pair, stream)
  assert.ok(millis >= 160, `${millis} ms: a round trip of 20 for each 2400 bytes`)
  assert.deepEqual(limited(pair), [millis, 0, 0])
  assert.deepEqual([stream.congestionMillis, stream.creditMillis], [millis, 0])
  assert.equal(pair.client.connection.path.recovery.congestionLimitedMillis, millis)
  // Now nothing is ready: time passes, and counts no more.
  pair.pass(500)
  assert.deepEqual(limited(pair), [millis, 0, 0])
  assert.equal(stream.congestionMillis, millis)
  pair.release()
})

test('a stream counts what of that time its own data waited, from when it was written', () => {
  const pair = pairWith(2400, Number.POSITIVE_INFINITY)
  const first = say(pair.client, Buffer.alloc(20_000), 'uni')
  pair.pass(50)
  const second = say(pair.client, Buffer.alloc(100), 'uni')
  const wait = untilSent(pair, second)
  assert.ok(wait > 0)
  assert.equal(second.congestionMillis, wait)
  assert.equal(first.congestionMillis, 50 + wait)
  pair.release()
})

test('what the pacer spreads is held back by it and by nothing else (RFC 9002 section 7.7)', () => {
  const pair = pairWith(1_000_000, 100)
  const stream = say(pair.client, Buffer.alloc(200_000), 'uni')
  const millis = untilSent(pair, stream)
  assert.ok(millis > 1000, `${millis} ms`)
  const [congestion, pacing, credit] = limited(pair)
  assert.deepEqual([congestion, pacing, credit], [0, millis, 0])
  assert.equal(pair.client.connection.path.recovery.pacingLimitedMillis, millis)
  assert.equal(stream.congestionMillis, 0)
  pair.release()
})

test("a stream without credit waits until MAX_STREAM_DATA comes; the connection's is another matter (RFC 9000 section 4.1)", () => {
  const pair = pairWith(100_000, Number.POSITIVE_INFINITY, { server: { initialMaxStreamDataUni: 1000 } })
  const stream = say(pair.client, Buffer.alloc(1500), 'uni')
  pair.pass(300)
  assert.equal(stream.creditMillis, pair.client.connection.now - (pair.now - 300), 'it can be read meanwhile')
  read(pair.server, at(pair.server, stream))
  const more = untilSent(pair, stream)
  assert.equal(more, 10, 'half a round trip')
  assert.equal(stream.creditMillis, 310)
  assert.deepEqual(limited(pair), [0, 0, 0])
  pair.release()
})

test('what is written long after the last packet waits from then on, not since that packet', () => {
  const pair = pairWith(100_000, Number.POSITIVE_INFINITY, { server: { initialMaxStreamDataUni: 1000 } })
  const stream = open(pair.client, 'uni')
  stream.send!.write(Buffer.alloc(1000))
  pair.pass(5000)
  assert.equal(stream.creditMillis, 0)
  stream.send!.write(Buffer.alloc(10))
  pair.pass(40)
  read(pair.server, at(pair.server, stream))
  untilSent(pair, stream)
  assert.equal(stream.creditMillis, 50)
  pair.release()
})

test("without the connection's credit all wait, and the connection counts the time once (RFC 9000 section 4.1)", () => {
  const pair = pairWith(100_000, Number.POSITIVE_INFINITY, { server: { initialMaxData: 1000 } })
  const first = say(pair.client, Buffer.alloc(1500), 'uni')
  pair.pass(100)
  const second = say(pair.client, Buffer.alloc(500), 'uni')
  pair.pass(100)
  read(pair.server, at(pair.server, first))
  pair.run(() => second.send!.unsent === 0 && first.send!.unsent === 0)
  assert.deepEqual([first.creditMillis, second.creditMillis], [210, 110])
  assert.deepEqual(limited(pair), [0, 0, 210])
  pair.release()
})

test('a stream that is given up waits no more, nor does the connection when it was the last', () => {
  const pair = pairWith(100_000, Number.POSITIVE_INFINITY, { server: { initialMaxData: 1000 } })
  const stream = say(pair.client, Buffer.alloc(1500), 'uni')
  pair.pass(100)
  const waited = stream.creditMillis
  assert.ok(waited > 0)
  pair.client.connection.streams.resetStream(stream, 1n)
  pair.pass(1000)
  assert.equal(stream.creditMillis, waited)
  assert.deepEqual(limited(pair), [0, 0, waited])
  pair.release()
})
