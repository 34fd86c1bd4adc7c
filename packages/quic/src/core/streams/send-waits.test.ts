import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LimitingPath, SendWaits, type Waiting } from './send-waits.ts'

class Bench {
  now = 0
  readonly waits = new SendWaits<Waiting>(this)
  readonly path: LimitingPath = { congestionLimitedMillis: 0, pacingLimitedMillis: 0 }

  /** The next datagram, at a moment. */
  at(now: number, limit: Parameters<SendWaits<Waiting>['datagram']>[0], path = this.path): void {
    this.now = now
    this.waits.datagram(limit, path, now)
  }

  stream(): Waiting {
    return { wait: 'none', waitFrom: null, congestionLimitedMillis: 0, creditLimitedMillis: 0 }
  }
}

test('the time for which a window is full is that of the path whose window it is, and goes on while it is read (RFC 9002 section 7)', () => {
  const bench = new Bench()
  const other: LimitingPath = { congestionLimitedMillis: 0, pacingLimitedMillis: 0 }
  bench.at(10, 'congestion')
  bench.at(15, 'congestion')
  assert.equal(bench.waits.limitedMillis('congestion'), 5)
  assert.equal(bench.waits.pathLimitedMillis('congestion', bench.path), 5)
  assert.equal(bench.waits.pathLimitedMillis('congestion', other), 0)
  bench.at(20, 'pacing')
  bench.at(23, 'congestion', other)
  bench.at(30, null, other)
  bench.at(99, null, other)
  assert.deepEqual(bench.path, { congestionLimitedMillis: 10, pacingLimitedMillis: 3 })
  assert.deepEqual(other, { congestionLimitedMillis: 7, pacingLimitedMillis: 0 })
  assert.deepEqual([bench.waits.limitedMillis('congestion'), bench.waits.limitedMillis('pacing')], [17, 3])
})

test('of the time of a full window a stream counts what passed while its data waited', () => {
  const bench = new Bench()
  const [before, meanwhile] = [bench.stream(), bench.stream()]
  bench.waits.wait(before, 'turn')
  bench.at(10, 'congestion')
  bench.now = 30
  assert.equal(bench.waits.streamCongestionMillis(before), 20)
  // The connection knows no moment but the last one: the wait begins with the next datagram, not at 30.
  bench.waits.wait(meanwhile, 'turn')
  bench.at(50, 'congestion')
  bench.now = 55
  bench.waits.wait(before, 'none')
  assert.deepEqual(
    [before, meanwhile].map((stream) => bench.waits.streamCongestionMillis(stream)),
    [45, 5],
  )
  bench.at(60, null)
  bench.at(80, null)
  bench.waits.wait(meanwhile, 'none')
  assert.deepEqual([before.congestionLimitedMillis, meanwhile.congestionLimitedMillis], [45, 10])
})

test('who waits for credit counts the time from the next datagram on, and the connection counts it once (RFC 9000 section 4.1)', () => {
  const bench = new Bench()
  const [one, other] = [bench.stream(), bench.stream()]
  bench.now = 5
  bench.waits.wait(one, 'connectionCredit')
  bench.at(1000, null)
  bench.waits.wait(other, 'connectionCredit')
  bench.at(1010, null)
  bench.now = 1030
  assert.deepEqual(
    [bench.waits.streamCreditMillis(one), bench.waits.streamCreditMillis(other), bench.waits.creditLimitedMillis],
    [30, 20, 30],
  )
  // More for all; but of its own credit the one has none left.
  bench.waits.wait(one, 'streamCredit')
  bench.waits.wait(other, 'turn')
  bench.at(1030, null)
  bench.now = 1100
  assert.deepEqual(
    [bench.waits.streamCreditMillis(one), bench.waits.streamCreditMillis(other), bench.waits.creditLimitedMillis],
    [100, 20, 30],
  )
  assert.equal(bench.waits.streamCongestionMillis(other), 0)
})

test('a wait that ends before the next datagram was none', () => {
  const bench = new Bench()
  const stream = bench.stream()
  bench.at(10, 'congestion')
  for (const wait of ['turn', 'streamCredit', 'connectionCredit'] as const) {
    bench.waits.wait(stream, wait)
    bench.now += 100
    bench.waits.wait(stream, 'none')
  }
  bench.at(bench.now, null)
  bench.now += 100
  assert.deepEqual(
    [bench.waits.streamCongestionMillis(stream), bench.waits.streamCreditMillis(stream), bench.waits.creditLimitedMillis],
    [0, 0, 0],
  )
})
