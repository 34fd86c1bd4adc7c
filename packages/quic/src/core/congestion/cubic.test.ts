// CUBIC against the formulas of RFC 9438, which are written down here once more, in the RFC's own units.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RttEstimator } from '../recovery/rtt.ts'
import { AckBatch, LossBatch } from './controller.ts'
import { Cubic } from './cubic.ts'

const DATAGRAM = 1200
const C = 0.4
const BETA = 0.7

/** Plays a path of a fixed round trip on which whole windows are acknowledged, one frame for every two packets. */
class Path {
  now = 1000
  readonly cubic = new Cubic(DATAGRAM)
  readonly rtt: RttEstimator
  readonly roundTrip: number
  readonly #batch: AckBatch

  constructor(roundTrip: number) {
    this.roundTrip = roundTrip
    this.rtt = new RttEstimator()
    this.rtt.sample(roundTrip, 0, 0, this.now)
    this.#batch = new AckBatch(this.rtt)
  }

  get segments(): number {
    return this.cubic.window / DATAGRAM
  }

  /** The round's acknowledgements come evenly spread over it. */
  round(rttSample: number = this.roundTrip, applicationLimited = false): void {
    const bytes = this.cubic.window
    const frames = Math.ceil(bytes / (2 * DATAGRAM))
    for (let frame = 0; frame < frames; frame++) {
      this.now += this.roundTrip / frames
      const sentAt = this.now - this.roundTrip
      Object.assign(this.#batch, {
        now: this.now,
        bytes: bytes / frames,
        oldestSentAt: sentAt,
        newestSentAt: sentAt,
        rttSample,
        applicationLimited,
      })
      this.cubic.packetsAcknowledged(this.#batch)
    }
  }

  growTo(segments: number): void {
    while (this.segments < segments) this.round()
  }

  lose(): void {
    this.cubic.packetsLost(Object.assign(new LossBatch(), { now: this.now, bytes: DATAGRAM, newestSentAt: this.now }))
  }

  /** Past what left before the loss. */
  recover(): void {
    this.now += this.roundTrip + 0.001
  }
}

describe('the window after a loss (RFC 9438 4.2)', () => {
  test('follows the cubic curve within 5 %, from the reduction through the plateau and far beyond it', () => {
    const path = new Path(100)
    path.growTo(1000)
    const maximum = path.segments
    path.lose()
    assert.ok(Math.abs(path.segments - maximum * BETA) < 1, `${path.segments} of ${maximum} are left`)
    path.recover()
    const startedAt = path.now
    const plateau = Math.cbrt((maximum * (1 - BETA)) / C)
    let worst = 0
    while (path.now - startedAt < 2.2 * plateau * 1000) {
      path.round()
      const seconds = (path.now - startedAt) / 1000
      const curve = C * (seconds - plateau) ** 3 + maximum
      worst = Math.max(worst, Math.abs(path.segments / curve - 1))
    }
    assert.ok(path.segments > 1.4 * maximum, `after ${((path.now - startedAt) / 1000).toFixed(1)} s it is only at ${path.segments}`)
    assert.ok(worst < 0.05, `it strays by ${(worst * 100).toFixed(1)} %`)
  })

  test('is at its former maximum after K seconds', () => {
    const path = new Path(50)
    path.growTo(500)
    const maximum = path.segments
    path.lose()
    path.recover()
    const until = path.now + 1000 * Math.cbrt((maximum * (1 - BETA)) / C)
    while (path.now < until) path.round()
    assert.ok(Math.abs(path.segments / maximum - 1) < 0.02, `${path.segments} for ${maximum}`)
  })
})

test('a small window grows as Reno would, which is faster there (RFC 9438 4.3)', () => {
  const path = new Path(20)
  path.growTo(20)
  const maximum = path.segments
  path.lose()
  path.recover()
  const before = path.segments
  const alpha = (3 * (1 - BETA)) / (1 + BETA)
  let rounds = 0
  while (path.segments < maximum * 0.98) {
    path.round()
    rounds++
  }
  const expected = (maximum * 0.98 - before) / alpha
  assert.ok(Math.abs(rounds - expected) <= 2, `${rounds} round trips where ${expected} were expected`)
  const at = path.segments
  for (let round = 0; round < 10; round++) path.round()
  assert.ok(path.segments - at > 8, 'above the former window it grows by a datagram a round trip')
})

test('a loss below the former maximum releases more: fast convergence (RFC 9438 4.7)', () => {
  const path = new Path(50)
  path.growTo(400)
  path.lose()
  path.recover()
  path.round()
  const struck = path.segments
  path.lose()
  path.recover()
  // The plateau is now at 0.85 of where it was struck.
  const until = path.now + 1000 * Math.cbrt((struck * 0.85 - struck * BETA) / C)
  while (path.now < until) path.round()
  assert.ok(Math.abs(path.segments / (struck * 0.85) - 1) < 0.03, `${path.segments} where ${struck * 0.85} was expected`)
})

test('losses that were none are taken back (RFC 9438 4.9.2)', () => {
  const path = new Path(50)
  path.growTo(100)
  const { window, slowStartThreshold } = path.cubic
  path.lose()
  assert.ok(path.cubic.window < window)
  path.cubic.congestionDisproved(path.now)
  assert.equal(path.cubic.window, window)
  assert.equal(path.cubic.slowStartThreshold, slowStartThreshold)
})

test('time in which the application has nothing to send is no time for the curve (RFC 9438 5.8)', () => {
  const path = new Path(50)
  path.growTo(400)
  path.lose()
  path.recover()
  path.round()
  const before = path.segments
  for (let round = 0; round < 200; round++) path.round(50, true)
  assert.equal(path.segments, before)
  path.round()
  assert.ok(path.segments < before * 1.1, `${before} segments leapt to ${path.segments}`)
})

describe('HyStart++ (RFC 9406)', () => {
  test('while round trips stay the same the window doubles in each', () => {
    const path = new Path(50)
    for (let round = 0; round < 6; round++) path.round()
    assert.equal(path.segments, 640)
    assert.ok(path.cubic.inSlowStart)
  })

  test('longer round trips make it grow four times more slowly, and end slow start after five rounds', () => {
    const path = new Path(50)
    for (let round = 0; round < 4; round++) path.round()
    const before = path.segments
    path.round(57)
    path.round(57)
    assert.ok(path.segments < before * 2 * 1.25 * 1.25, `${before} segments grew to ${path.segments}`)
    assert.ok(path.cubic.inSlowStart)
    for (let round = 0; round < 5; round++) path.round(57)
    assert.ok(!path.cubic.inSlowStart)
    assert.ok(Number.isFinite(path.cubic.slowStartThreshold))
  })

  test('a delay that passes is a flicker: ordinary slow start goes on', () => {
    const path = new Path(50)
    for (let round = 0; round < 4; round++) path.round()
    path.round(57)
    path.round(57)
    path.round(50)
    const before = path.segments
    path.round(50)
    assert.ok(path.segments >= before * 1.9, `${before} segments grew to ${path.segments}`)
  })

  test('a change under an eighth of the round trip, or under 4 ms, is none', () => {
    const path = new Path(20)
    for (let round = 0; round < 4; round++) path.round()
    for (let round = 0; round < 4; round++) path.round(23.9)
    assert.equal(path.segments, 2560)
  })
})
