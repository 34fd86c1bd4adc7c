// RFC 9000 section 21.9.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TransportViolation } from '../errors.ts'
import { RESETS_AT_ONCE, RESETS_PER_SECOND } from '../limits.ts'
import { ResetAllowance } from './reset-allowance.ts'

/** How many are allowed at that moment. */
function takeAll(allowance: ResetAllowance, now: number): number {
  for (let taken = 0; taken < 100_000; taken++) {
    try {
      allowance.take(now)
    } catch (error) {
      assert.ok(error instanceof TransportViolation && error.code === 0x0a)
      return taken
    }
  }
  return Number.POSITIVE_INFINITY
}

test('all streams that may be open may be given up at once, both ways, and some more', () => {
  assert.equal(takeAll(new ResetAllowance(0), 1000), RESETS_AT_ONCE)
  assert.equal(takeAll(new ResetAllowance(5000), 1000), RESETS_AT_ONCE + 10_000)
})

test('then so many a second, and never more than at first', () => {
  const allowance = new ResetAllowance(0)
  takeAll(allowance, 1000)
  assert.equal(takeAll(allowance, 1500), RESETS_PER_SECOND / 2)
  assert.equal(takeAll(allowance, 1500), 0)
  assert.equal(takeAll(allowance, 1_000_000), RESETS_AT_ONCE)
})
