import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RttEstimator } from './rtt.ts'

const NO_LIMIT = Number.POSITIVE_INFINITY

test('before a sample the estimate is 333 ms, so that the first probe timeout is about a second (RFC 9002 6.2.2)', () => {
  const rtt = new RttEstimator()
  assert.equal(rtt.smoothed, 333)
  assert.equal(rtt.variance, 166.5)
  assert.equal(rtt.ptoBase, 999)
  assert.equal(new RttEstimator(40).ptoBase, 120)
})

test('the first sample replaces the guess, whatever delay the peer reports (RFC 9002 5.3)', () => {
  const rtt = new RttEstimator()
  rtt.sample(80, 30, NO_LIMIT, 7)
  assert.deepEqual([rtt.latest, rtt.smoothed, rtt.variance, rtt.minimum, rtt.firstSampleAt], [80, 80, 40, 80, 7])
})

test('later samples move the mean by an eighth and the deviation by a quarter (RFC 9002 A.7)', () => {
  const rtt = new RttEstimator()
  rtt.sample(80, 0, NO_LIMIT, 0)
  rtt.sample(120, 0, NO_LIMIT, 1)
  assert.equal(rtt.smoothed, 85)
  assert.equal(rtt.variance, 40)
  assert.equal(rtt.firstSampleAt, 0)
})

test('the reported delay is subtracted up to the limit (RFC 9002 5.3)', () => {
  const believed = new RttEstimator()
  believed.sample(80, 0, NO_LIMIT, 0)
  believed.sample(120, 40, NO_LIMIT, 1)
  assert.equal(believed.smoothed, 80)
  const limited = new RttEstimator()
  limited.sample(80, 0, NO_LIMIT, 0)
  limited.sample(120, 40, 24, 1)
  assert.equal(limited.smoothed, 82)
})

test('a delay that would bring the sample under the minimum is not believed (RFC 9002 5.3)', () => {
  const rtt = new RttEstimator()
  rtt.sample(80, 0, NO_LIMIT, 0)
  rtt.sample(88, 9, NO_LIMIT, 1)
  assert.equal(rtt.smoothed, 81)
})

test('the minimum ignores reported delays, and starts over after persistent congestion (RFC 9002 5.2)', () => {
  const rtt = new RttEstimator()
  rtt.sample(80, 0, NO_LIMIT, 0)
  rtt.sample(60, 50, NO_LIMIT, 1)
  rtt.sample(200, 0, NO_LIMIT, 2)
  assert.equal(rtt.minimum, 60)
  rtt.restartMinimum()
  assert.equal(rtt.minimum, 200)
})

test('waits are never shorter than a timer can measure (RFC 9002 6.1.2, 6.2.1)', () => {
  const rtt = new RttEstimator()
  rtt.sample(0, 0, NO_LIMIT, 0)
  assert.equal(rtt.lossDelay, 1)
  assert.equal(rtt.ptoBase, 1)
})

test('the time threshold is 9/8 of the larger of mean and newest sample (RFC 9002 6.1.2)', () => {
  const rtt = new RttEstimator()
  rtt.sample(80, 0, NO_LIMIT, 0)
  assert.equal(rtt.lossDelay, 90)
  rtt.sample(160, 0, NO_LIMIT, 1)
  assert.equal(rtt.lossDelay, 180)
  rtt.sample(80, 0, NO_LIMIT, 2)
  assert.equal(rtt.lossDelay, (rtt.smoothed * 9) / 8)
})

test('persistent congestion takes three probe timeouts, max_ack_delay included (RFC 9002 7.6.1)', () => {
  const rtt = new RttEstimator()
  rtt.sample(80, 0, NO_LIMIT, 0)
  assert.equal(rtt.persistentCongestionDuration(25), 3 * (80 + 160 + 25))
})
