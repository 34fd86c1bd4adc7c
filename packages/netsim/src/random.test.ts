import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from './random.ts'

const take = (count: number, next: () => number) => Array.from({ length: count }, next)

test('the numbers are those of xoshiro128**', () => {
  const random = new Random([1, 2, 3, 4])
  // What its authors' program gives from this state.
  const expected = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849]
  assert.deepEqual(
    take(8, () => random.u32()),
    expected,
  )
})

test('one seed gives one sequence, another seed another', () => {
  const sequence = (seed: number) => {
    const random = new Random(seed)
    return take(16, () => random.u32())
  }
  assert.deepEqual(sequence(7), sequence(7))
  assert.notDeepEqual(sequence(7), sequence(8))
  assert.equal(new Set(sequence(0)).size, 16)
})

test('a fork goes its own way, however much is taken from it', () => {
  const after = (taken: number) => {
    const random = new Random(7)
    const fork = random.fork()
    take(taken, () => fork.u32())
    return random.u32()
  }
  assert.equal(after(0), after(1000))
})

test('fractions are evenly spread, and integers stay below their limit', () => {
  const random = new Random(7)
  const buckets = new Array(10).fill(0)
  for (let index = 0; index < 100_000; index++) buckets[Math.floor(random.fraction() * 10)]++
  for (const count of buckets) assert.ok(Math.abs(count - 10_000) < 400)
  assert.deepEqual([...new Set(take(1000, () => random.below(3)))].sort(), [0, 1, 2])
  assert.equal(random.bytes(5).length, 5)
})

test('chance uses up one number, whatever the probability', () => {
  const after = (probability: number) => {
    const random = new Random(7)
    return [random.chance(probability), random.u32()]
  }
  assert.deepEqual([after(0)[0], after(1)[0]], [false, true])
  assert.equal(after(0)[1], after(1)[1])
})
