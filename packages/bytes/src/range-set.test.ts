import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RangeSet } from './range-set.ts'

/** Small, so that ranges meet, overlap and fall apart all the time. */
const LIMIT = 40

const operation = fc.record({
  kind: fc.constantFrom('add', 'remove'),
  start: fc.integer({ min: 0, max: LIMIT }),
  length: fc.integer({ min: -1, max: 12 }),
})

test('a RangeSet holds what a Set of its numbers would, after any adds and removes', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
      const ranges = new RangeSet()
      const model = new Set<number>()
      for (const { kind, start, length } of operations) {
        const end = start + length
        const numbers = Array.from({ length: Math.max(0, length) }, (_, i) => start + i)
        if (kind === 'add') {
          const fresh = numbers.filter((n) => !model.has(n)).length
          assert.equal(ranges.add(start, end), fresh, 'add says how many are new')
          for (const n of numbers) model.add(n)
        } else {
          ranges.remove(start, end)
          for (const n of numbers) model.delete(n)
        }
        agree(ranges, model)
      }
    }),
    { numRuns: 500 },
  )
})

test('packets in order make one range; a missing one makes two; its arrival makes one again', () => {
  const ranges = new RangeSet()
  for (const n of [0, 1, 2, 4, 5]) ranges.add(n, n + 1)
  assert.deepEqual(listed(ranges), [
    [0, 3],
    [4, 6],
  ])
  assert.equal(ranges.add(3, 4), 1)
  assert.deepEqual(listed(ranges), [[0, 6]])
})

test('an empty set has no ends', () => {
  const ranges = new RangeSet()
  ranges.add(3, 9)
  ranges.clear()
  assert.equal(ranges.isEmpty, true)
  assert.equal(ranges.count, 0)
  assert.equal(ranges.first, undefined)
  assert.equal(ranges.end, undefined)
  assert.equal(ranges.has(3), false)
})

test('numbers near 2^53 are held exactly', () => {
  const ranges = new RangeSet()
  const top = Number.MAX_SAFE_INTEGER
  ranges.add(top - 1, top)
  assert.equal(ranges.has(top - 1), true)
  assert.equal(ranges.has(top - 2), false)
  assert.equal(ranges.covers(top - 2, top), false)
})

function agree(ranges: RangeSet, model: ReadonlySet<number>): void {
  const sorted = [...model].sort((a, b) => a - b)
  assert.equal(ranges.isEmpty, model.size === 0)
  assert.equal(ranges.first, sorted[0])
  assert.equal(ranges.end, sorted.length === 0 ? undefined : sorted[sorted.length - 1]! + 1)
  let previous = Number.NEGATIVE_INFINITY
  for (const [start, stop] of listed(ranges)) {
    assert.ok(start < stop, 'no range is empty')
    assert.ok(previous < start, 'ranges that touch are one')
    previous = stop
  }
  for (let n = -1; n <= LIMIT + 13; n++) {
    assert.equal(ranges.has(n), model.has(n), `has ${n}`)
    assert.equal(
      ranges.covers(n, n + 3),
      [n, n + 1, n + 2].every((m) => model.has(m)),
      `covers ${n} to ${n + 3}`,
    )
  }
}

function listed(ranges: RangeSet): [number, number][] {
  return Array.from({ length: ranges.count }, (_, i) => [ranges.start(i), ranges.stop(i)])
}
