import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runBenchmark } from './benchmark.ts'
import { median } from './median.ts'

test('the median is the middle, or the mean of the middle two', () => {
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([1, 2, 10, 4]), 3)
})

test('contenders alternate who goes first, and ratios are to the second', async () => {
  const turns: string[] = []
  const contender = (name: string, values: number[]) => ({
    name,
    measure: async () => {
      turns.push(name)
      return { value: values.shift() as number, note: `${name}'s` }
    },
  })
  const effort = { rounds: 3, millis: 1, warmUpMillis: 0 }
  const contenders = [contender('ours', [30, 10, 20]), contender('theirs', [40, 50, 40])]
  const report = await runBenchmark({ name: 'speed', what: '', unit: 'MB/s', contenders, full: effort, quick: effort }, { quick: false })
  assert.deepEqual(turns, ['ours', 'theirs', 'theirs', 'ours', 'ours', 'theirs'])
  assert.deepEqual(report.results, [
    { contender: 'ours', median: 20, lowest: 10, highest: 30, ratio: 0.5, note: "ours's" },
    { contender: 'theirs', median: 40, lowest: 40, highest: 50, ratio: 1, note: "theirs's" },
  ])
})
