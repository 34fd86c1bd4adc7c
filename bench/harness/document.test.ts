import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median } from '../median.ts'
import type { Contender, Figure } from './benchmark.ts'
import { rowsOf } from './document.ts'
import type { Outcome } from './take-turns.ts'

test('the median is the middle, or the mean of the middle two', () => {
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([1, 2, 10, 4]), 3)
})

test('a row has both spreads, and the ratio of the medians', () => {
  const ours = outcome('millrace', [
    [speed(30), memory(10)],
    [speed(10), memory(10)],
    [speed(20), memory(10)],
  ])
  const theirs = outcome('their', [
    [speed(40), memory(5)],
    [speed(50), memory(5)],
    [speed(40), memory(5)],
  ])
  assert.deepEqual(rowsOf('transfer', [ours, theirs]), [
    {
      case: 'transfer',
      unit: 'MB/s',
      better: 'more',
      leading: true,
      millrace: { median: 20, min: 10, max: 30 },
      peer: 'their',
      peerVersion: '1.2.3',
      peerResult: { median: 40, min: 40, max: 50 },
      ratio: 0.5,
    },
    {
      case: 'transfer: memory',
      unit: 'MB',
      better: 'less',
      leading: false,
      millrace: { median: 10, min: 10, max: 10 },
      peer: 'their',
      peerVersion: '1.2.3',
      peerResult: { median: 5, min: 5, max: 5 },
      ratio: 2,
    },
  ])
})

test('a peer that is missing or has failed keeps its row, without figures', () => {
  const failed: Outcome = { ...outcome('their', [[speed(40)]]), problem: 'failed: it crashed' }
  const [row] = rowsOf('transfer', [outcome('millrace', [[speed(30)]]), failed])
  assert.deepEqual([row?.peer, row?.peerResult, row?.ratio], ['their', null, null])
})

test('nothing is compared when Millrace itself has failed', () => {
  const failed: Outcome = { ...outcome('millrace', []), problem: 'failed: it crashed' }
  assert.throws(() => rowsOf('transfer', [failed, outcome('their', [[speed(40)]])]), /transfer: failed: it crashed/)
})

function outcome(name: string, figures: readonly (readonly Figure[])[]): Outcome {
  const contender: Contender = { name, missing: () => null, version: () => '1.2.3' }
  return { entry: { contender, measure: () => Promise.resolve([]) }, problem: null, figures }
}

function speed(value: number): Figure {
  return { name: '', unit: 'MB/s', better: 'more', value }
}

function memory(value: number): Figure {
  return { name: 'memory', unit: 'MB', better: 'less', value }
}
