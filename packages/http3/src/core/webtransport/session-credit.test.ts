// Credit of a session in both directions. draft-ietf-webtrans-http3 sections 5.3 and 5.4.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GivenCredit, TakenCredit } from './session-credit.ts'

test('no more is taken than there is; what comes back may be taken again', () => {
  const credit = new TakenCredit(10)
  assert.deepEqual([credit.take(4), credit.take(100), credit.take(1), credit.room], [4, 6, 0, 0])
  credit.giveBack(3)
  assert.deepEqual([credit.take(5), credit.room], [3, 0])
  assert.equal(credit.raise(12), true)
  assert.equal(credit.take(5), 2)
})

test('a limit that does not grow is refused (sections 5.6.2 and 5.6.4)', () => {
  const credit = new TakenCredit(10)
  for (const limit of [0, 9, 10]) assert.equal(credit.raise(limit), false)
  assert.equal(credit.raise(11), true)
  assert.equal(credit.raise(11), false)
})

test('that there is none is told once for each limit (section 5.6.3)', () => {
  const credit = new TakenCredit(2)
  assert.equal(credit.takeBlocked(), null)
  credit.take(2)
  assert.deepEqual([credit.takeBlocked(), credit.takeBlocked()], [2, null])
  credit.raise(3)
  assert.equal(credit.takeBlocked(), null)
  credit.take(1)
  assert.equal(credit.takeBlocked(), 3)
})

test('what is done with is given again, half a window at a time', () => {
  const credit = new GivenCredit(10)
  assert.equal(credit.use(10), true)
  credit.finish(4)
  assert.equal(credit.takeRaise(), null)
  credit.finish(1)
  assert.deepEqual([credit.takeRaise(), credit.takeRaise(), credit.limit], [15, null, 15])
  assert.equal(credit.use(5), true)
  assert.equal(credit.use(1), false)
})

test('a window of nothing is never raised', () => {
  const credit = new GivenCredit(0)
  credit.finish(0)
  assert.equal(credit.takeRaise(), null)
})
