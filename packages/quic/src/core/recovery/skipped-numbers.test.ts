// RFC 9000 section 21.4.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '@millrace/netsim'
import { AckRanges } from '../wire/ack.ts'
import { SkippedNumbers } from './skipped-numbers.ts'

function acknowledging(...ranges: readonly (readonly [smallest: number, largest: number])[]): AckRanges {
  const ack = new AckRanges()
  ack.count = ranges.length
  for (const [index, [smallest, largest]] of ranges.entries()) {
    ack.smallest[index] = smallest
    ack.largest[index] = largest
  }
  return ack
}

/** The numbers left out of so many, while the window holds `window` packets. */
function leftOut(seed: number, numbers: number, window: number): { skipped: SkippedNumbers; left: number[] } {
  const random = new Random(seed)
  const skipped = new SkippedNumbers(() => random.u32())
  const left: number[] = []
  for (let number = 0; number < numbers; number++) {
    if (!skipped.isDue(number)) continue
    skipped.left(number, window)
    left.push(number)
  }
  return { skipped, left }
}

test('numbers are left out at random intervals, of 128 to 384 packets while the window is small', () => {
  const { left } = leftOut(1, 100_000, 10)
  const gaps = left.map((number, index) => number - (left[index - 1] ?? 0))
  assert.ok(
    gaps.every((gap) => gap >= 128 && gap <= 385),
    `${gaps}`,
  )
  assert.ok(left.length > 300 && left.length < 500, `${left.length}`)
  assert.ok(new Set(gaps).size > 100)
  assert.notDeepEqual(leftOut(2, 100_000, 10).left, left)
})

test('one in a window, where the window is larger', () => {
  const { left } = leftOut(1, 1_000_000, 4000)
  assert.ok(left.length > 220 && left.length < 290, `${left.length}`)
})

test('who claims one of the last eight is found out, in whatever range it stands', () => {
  const { skipped, left } = leftOut(1, 3000, 10)
  for (const number of left.slice(-8)) {
    assert.equal(skipped.claimed(acknowledging([number, number])), number)
    assert.equal(skipped.claimed(acknowledging([number + 2, number + 9], [number - 3, number + 1])), number)
    assert.equal(skipped.claimed(acknowledging([number + 1, number + 9], [number - 3, number - 1])), -1)
  }
  assert.equal(skipped.claimed(acknowledging([0, left[0]! - 1])), -1)
  assert.ok(skipped.claimed(acknowledging([0, 3000])) > 0)
})

test('without randomness none is left out', () => {
  const skipped = new SkippedNumbers(null)
  assert.equal(skipped.isDue(Number.MAX_SAFE_INTEGER), false)
  assert.equal(skipped.claimed(acknowledging([0, 1000])), -1)
})
