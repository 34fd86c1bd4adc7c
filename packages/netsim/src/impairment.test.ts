import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Decision, Impairment } from './impairment.ts'
import type { ImpairmentOptions } from './options.ts'
import { Random } from './random.ts'

const SEED = 20_261

/** What becomes of `count` datagrams of `size` bytes that are sent `everyMillis`. */
function decideAll(options: ImpairmentOptions, count: number, { size = 100, everyMillis = 1, seed = SEED } = {}): Decision[] {
  const impairment = new Impairment(options, new Random(seed))
  const datagram = Uint8Array.from({ length: size }, (_, index) => index)
  return Array.from({ length: count }, (_, index) => impairment.decide(datagram, index * everyMillis))
}

const share = (decisions: readonly Decision[], holds: (decision: Decision) => boolean) => decisions.filter(holds).length / decisions.length

/** How many in a row at most. */
function longestRun(decisions: readonly Decision[], holds: (decision: Decision) => boolean): number {
  let longest = 0
  let run = 0
  for (const decision of decisions) {
    run = holds(decision) ? run + 1 : 0
    longest = Math.max(longest, run)
  }
  return longest
}

const isLost = (decision: Decision) => decision.dropped === 'lost'

test('a path without faults delivers everything at once and unharmed', () => {
  for (const { deliveries, dropped } of decideAll({}, 100)) {
    assert.equal(dropped, null)
    assert.deepEqual(
      deliveries.map(({ delayMillis, bytes }) => [delayMillis, bytes.length]),
      [[0, 100]],
    )
  }
})

test('rates are met', () => {
  for (const rate of [0.01, 0.05, 0.3]) {
    const near = (measured: number) => assert.ok(Math.abs(measured - rate) < 0.012, `${measured} is not ${rate} (seed ${SEED})`)
    near(share(decideAll({ lossRate: rate }, 20_000), isLost))
    near(share(decideAll({ corruptRate: rate }, 20_000), (decision) => decision.isCorrupted))
    near(share(decideAll({ duplicateRate: rate }, 20_000), (decision) => decision.deliveries.length === 2))
    near(share(decideAll({ reorderRate: rate }, 20_000), (decision) => decision.deliveries[0]!.delayMillis === 5))
  }
})

test('no more than a burst is lost or corrupted in a row', () => {
  assert.equal(longestRun(decideAll({ lossRate: 0.9, lossBurst: 3 }, 5000), isLost), 3)
  assert.equal(
    longestRun(decideAll({ corruptRate: 0.9, corruptBurst: 2 }, 5000), (decision) => decision.isCorrupted),
    2,
  )
  assert.ok(longestRun(decideAll({ lossRate: 0.9 }, 5000), isLost) > 10)
})

test('losses come in bursts of the length that is asked for, and are no more of them', () => {
  for (const [lossRate, meanLossBurst] of [
    [0.05, 4],
    [0.2, 10],
    [0.5, 2],
  ] as const) {
    const decisions = decideAll({ lossRate, meanLossBurst }, 50_000)
    const bursts = decisions.filter((decision, at) => isLost(decision) && (at === 0 || !isLost(decisions[at - 1]!))).length
    const [rate, mean] = [share(decisions, isLost), decisions.filter(isLost).length / bursts]
    assert.ok(Math.abs(rate - lossRate) < 0.1 * lossRate, `${rate} is not ${lossRate} (seed ${SEED})`)
    assert.ok(Math.abs(mean - meanLossBurst) < 0.1 * meanLossBurst, `${mean} is not ${meanLossBurst} (seed ${SEED})`)
  }
  assert.equal(longestRun(decideAll({ lossRate: 0.2, meanLossBurst: 10, lossBurst: 3 }, 5000), isLost), 3)
  assert.equal(share(decideAll({ lossRate: 1, meanLossBurst: 0 }, 100), isLost), 1)
})

test('listed datagrams are dropped, the first being 1', () => {
  const decisions = decideAll({ dropList: [1, 3, 4] }, 5)
  assert.deepEqual(
    decisions.map((decision) => decision.dropped),
    ['listed', null, 'listed', 'listed', null],
  )
})

test('a black hole swallows what is sent in its time, once or again and again', () => {
  const swallowed = (options: ImpairmentOptions) =>
    decideAll(options, 30).flatMap(({ dropped }, at) => (dropped === 'blackHole' ? [at] : []))
  assert.deepEqual(
    swallowed({
      blackHoles: [
        { fromMillis: 3, untilMillis: 5 },
        { fromMillis: 20, untilMillis: 21 },
      ],
    }),
    [3, 4, 20],
  )
  assert.deepEqual(swallowed({ blackHoles: [{ fromMillis: 3, untilMillis: 5, everyMillis: 10 }] }), [3, 4, 13, 14, 23, 24])
})

test('a datagram longer than the mtu does not pass, one as long does', () => {
  assert.deepEqual(
    [1200, 1201].map((size) => decideAll({ mtu: 1200 }, 1, { size })[0]!.dropped),
    [null, 'tooLarge'],
  )
})

test('a corrupted datagram has one byte that is another; what was given stays as it was', () => {
  const given = new Uint8Array(50).fill(7)
  const impairment = new Impairment({ corruptRate: 1, duplicateRate: 1 }, new Random(SEED))
  for (let count = 0; count < 1000; count++) {
    const { deliveries } = impairment.decide(given, count)
    assert.equal(deliveries.length, 2)
    for (const { bytes } of deliveries) assert.equal(bytes.filter((byte) => byte !== 7).length, 1)
  }
  assert.ok(given.every((byte) => byte === 7))
})

test('what is delivered does not change when its sender writes on', () => {
  const given = new Uint8Array(4)
  const { deliveries } = new Impairment({}, new Random(SEED)).decide(given, 0)
  given.fill(1)
  assert.deepEqual(deliveries[0]!.bytes, new Uint8Array(4))
})

describe('order', () => {
  const arrivals = (options: ImpairmentOptions) => decideAll(options, 2000).map(({ deliveries }, at) => at + deliveries[0]!.delayMillis)
  const overtakes = (times: readonly number[]) => times.some((at, index) => index > 0 && at < times[index - 1]!)

  test('is kept by delay and jitter, however large', () => {
    const times = arrivals({ delayMillis: 20, jitterMillis: 50 })
    assert.equal(overtakes(times), false)
    assert.ok(times.every((at, index) => at >= index + 20 && at <= index + 70))
    assert.ok(new Set(times.map((at, index) => at - index)).size > 500)
  })

  test('is lost where datagrams are held back, and others do not wait for them', () => {
    const times = arrivals({ delayMillis: 20, reorderRate: 0.1, reorderMillis: 3 })
    assert.equal(overtakes(times), true)
    assert.deepEqual([...new Set(times.map((at, index) => at - index))].sort(), [20, 23])
  })
})

describe('the bottleneck', () => {
  test('spaces datagrams by their size over its bandwidth', () => {
    // 1250 bytes at 10 Mbit/s take 1 ms.
    const decisions = decideAll({ bitsPerSecond: 10_000_000, delayMillis: 15 }, 5, { size: 1250, everyMillis: 0 })
    assert.deepEqual(
      decisions.map(({ deliveries }) => deliveries[0]!.delayMillis),
      [16, 17, 18, 19, 20],
    )
  })

  test('drops from the tail what comes when it is full, by datagrams or by bytes, and takes more when some have left', () => {
    const fates = (options: ImpairmentOptions, everyMillis: number) =>
      decideAll({ bitsPerSecond: 10_000_000, ...options }, 8, { size: 1250, everyMillis })
        .map(({ dropped }) => (dropped === null ? 'o' : 'x'))
        .join('')
    assert.equal(fates({ queueDatagrams: 3 }, 0), 'oooxxxxx')
    assert.equal(fates({ queueBytes: 2 * 1250 }, 0), 'ooxxxxxx')
    assert.equal(fates({ queueBytes: 2 * 1250 - 1 }, 0), 'oxxxxxxx')
    assert.equal(fates({ queueDatagrams: 3 }, 1), 'oooooooo')
    // Two come for each that leaves.
    assert.equal(fates({ queueDatagrams: 3 }, 0.5), 'oooooxox')
    assert.equal(decideAll({ bitsPerSecond: 1 }, 26, { everyMillis: 0 })[25]!.dropped, 'queueFull')
  })

  test('carries its bandwidth and no more under an endless load', () => {
    const decisions = decideAll({ bitsPerSecond: 8_000_000 }, 10_000, { size: 1000, everyMillis: 0.25 })
    const delivered = decisions.filter((decision) => decision.dropped === null).length
    // 1000 bytes take 1 ms; the load lasts 2500 ms, and 25 are still held at its end.
    assert.ok(delivered >= 2500 && delivered <= 2526, String(delivered))
  })
})

test('the same seed decides the same, and another decides otherwise', () => {
  const options = { lossRate: 0.1, corruptRate: 0.1, duplicateRate: 0.1, reorderRate: 0.1, jitterMillis: 5, delayMillis: 5 }
  assert.deepEqual(decideAll(options, 500), decideAll(options, 500))
  assert.notDeepEqual(decideAll(options, 500), decideAll(options, 500, { seed: SEED + 1 }))
})

test('one fault that is switched on does not change whom the others strike', () => {
  const lost = (options: ImpairmentOptions) => decideAll({ lossRate: 0.1, ...options }, 2000).map(isLost)
  assert.deepEqual(lost({ corruptRate: 0.3, duplicateRate: 0.3, reorderRate: 0.3, jitterMillis: 9 }), lost({}))
})

test('options out of range are refused and named', () => {
  const wrong: readonly ImpairmentOptions[] = [
    { lossRate: 1.1 },
    { lossRate: -0.1 },
    { meanLossBurst: -1 },
    { meanLossBurst: 1.9, lossRate: 0.5 },
    { corruptRate: Number.NaN },
    { delayMillis: -1 },
    { bitsPerSecond: 0 },
    { mtu: 0 },
    { queueDatagrams: 0 },
    { blackHoles: [{ fromMillis: 5, untilMillis: 4 }] },
    { blackHoles: [{ fromMillis: 5, untilMillis: 6, everyMillis: 0 }] },
  ]
  for (const options of wrong) {
    const name = 'blackHoles' in options ? /black hole from 5/ : new RegExp(`^${Object.keys(options)[0]} is `)
    assert.throws(() => new Impairment(options, new Random(1)), { name: 'NetsimError', code: 'BAD_OPTION', message: name })
  }
})

describe('ECN marking (RFC 3168 section 5)', () => {
  const NOT_ECT = 0
  const CE = 3
  const ecnOf = (options: ImpairmentOptions, field: number) => {
    const impairment = new Impairment(options, new Random(SEED))
    return Array.from({ length: 1000 }, (_, now) => impairment.decide(new Uint8Array(100), now, field).deliveries[0]!.ecn)
  }

  test('marks its share of what may be marked, and never what may not', () => {
    for (const capable of [1, 2]) {
      const fields = ecnOf({ markRate: 0.25 }, capable)
      const marked = fields.filter((field) => field === CE).length
      assert.ok(Math.abs(marked - 250) < 50, `${marked} of 1000 (seed ${SEED})`)
      assert.ok(fields.every((field) => field === CE || field === capable))
    }
    assert.ok(ecnOf({ markRate: 1 }, NOT_ECT).every((field) => field === NOT_ECT))
  })

  test('marks while the bottleneck is full to a degree, before anything is dropped', () => {
    const impairment = new Impairment({ bitsPerSecond: 800_000, markQueueDatagrams: 5 }, new Random(SEED))
    const fields = Array.from({ length: 10 }, () => impairment.decide(new Uint8Array(100), 0, 2).deliveries[0]!.ecn)
    assert.deepEqual(fields, [2, 2, 2, 2, 2, CE, CE, CE, CE, CE])
  })

  test('a path may clear the field (RFC 9000 section 13.4.2)', () => {
    assert.ok([1, 2, CE].every((field) => ecnOf({ bleachesEcn: true, markRate: 1 }, field).every((arrived) => arrived === NOT_ECT)))
  })
})

describe('a path that changes as time goes', () => {
  const steps = [
    { fromMillis: 10, delayMillis: 50 },
    { fromMillis: 20, bitsPerSecond: 80_000 },
  ]
  const delayAt = (options: ImpairmentOptions, now: number) =>
    new Impairment(options, new Random(SEED)).decide(new Uint8Array(100), now).deliveries[0]!.delayMillis

  test('has what its last step says, and else what the options say', () => {
    const options = { delayMillis: 5, steps }
    assert.deepEqual(
      [9, 10, 19, 20, 1000].map((now) => delayAt(options, now)),
      [5, 50, 50, 15, 15],
    )
  })

  test('begins anew when its steps come again', () => {
    const options = { delayMillis: 5, steps, stepsEveryMillis: 100 }
    assert.deepEqual(
      [9, 109, 110, 120, 3099].map((now) => delayAt(options, now)),
      [5, 5, 50, 15, 15],
    )
  })

  test('what waits in the bottleneck leaves as it was to, and what comes after a step waits for it', () => {
    const impairment = new Impairment({ bitsPerSecond: 80_000, steps: [{ fromMillis: 1, bitsPerSecond: 800_000 }] }, new Random(SEED))
    const arrivals = [0, 0, 1].map((now) => now + impairment.decide(new Uint8Array(100), now).deliveries[0]!.delayMillis)
    assert.deepEqual(arrivals, [10, 20, 21])
  })

  test('steps out of order or out of range are refused', () => {
    const bad = (steps: NonNullable<ImpairmentOptions['steps']>) => () => new Impairment({ steps }, new Random(1))
    assert.throws(bad([{ fromMillis: 5 }, { fromMillis: 4 }]), { code: 'BAD_OPTION', message: /step at 4 ms/ })
    assert.throws(bad([{ fromMillis: 5, bitsPerSecond: 0 }]), { code: 'BAD_OPTION', message: /^bitsPerSecond is 0/ })
  })
})
