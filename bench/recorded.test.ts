import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BenchDocument, Row } from './harness/document.ts'
import { fallen, sentence, stillFallen, withRatios } from './recorded.ts'

const RECORDED = { throughput: { down: { their: 1 } } }

function fallenRatios(row: Partial<Row>): number[] {
  return fallen(documentOf(row), RECORDED).flatMap(({ ratios }) => ratios)
}

test('a ratio may fall by 30 % and no further', () => {
  assert.deepEqual(fallenRatios({ ratio: 0.71 }), [])
  assert.deepEqual(fallenRatios({ ratio: 0.69 }), [0.69])
})

test('where less is better, a ratio falls by growing', () => {
  assert.deepEqual(fallenRatios({ ratio: 0.5, better: 'less' }), [])
  assert.deepEqual(fallenRatios({ ratio: 1.45, better: 'less' }), [1.45])
})

test('who is not there, or not recorded, does not count', () => {
  assert.deepEqual(fallenRatios({ ratio: null }), [])
  assert.deepEqual(fallenRatios({ ratio: 0.1, case: 'up' }), [])
})

test('only what falls each time counts, and all ratios are told', () => {
  const first = fallen(documentOf({ ratio: 0.5 }), RECORDED)
  assert.deepEqual(stillFallen(first, fallen(documentOf({ ratio: 0.9 }), RECORDED)), [])
  assert.deepEqual(stillFallen(first, fallen(documentOf({ ratio: 0.6 }), RECORDED)).map(sentence), [
    'throughput, down: 0.5 and 0.6 x their, recorded are 1 x',
  ])
})

test('the medians of the runs take the place of what was recorded, and leave the rest', () => {
  const before = { latency: { echo: { their: 2 } }, throughput: { down: { their: 1, other: 3 } } }
  const after = { latency: { echo: { their: 2 } }, throughput: { down: { their: 1.5, other: 3 } } }
  const runs = (rows: Partial<Row>[]) => withRatios(before, rows.map(documentOf))
  assert.deepEqual(runs([{ ratio: 1.2 }, { ratio: 1.5 }, { ratio: 1.9 }]), { recorded: after, unsteady: [] })
  assert.deepEqual(runs([{ ratio: 1.5, leading: false }]).recorded, before)
  assert.deepEqual(runs([{ ratio: 1.5 }, { ratio: null }]).recorded, before)
})

test('a ratio that swings by itself as far as it may fall is not recorded, which is told', () => {
  const { recorded, unsteady } = withRatios(RECORDED, [{ ratio: 1 }, { ratio: 0.6 }, { ratio: 1.1 }].map(documentOf))
  assert.deepEqual(recorded, { throughput: { down: {} } })
  assert.deepEqual(unsteady, ['throughput, down: 1, 0.6, 1.1 x their is too unsteady to be recorded'])
})

function documentOf(row: Partial<Row>): BenchDocument {
  const spread = { median: 1, min: 1, max: 1 }
  const whole: Row = {
    case: 'down',
    unit: 'MB/s',
    better: 'more',
    leading: true,
    millrace: spread,
    peer: 'their',
    peerVersion: null,
    peerResult: spread,
    ratio: 1,
    ...row,
  }
  return { bench: 'throughput', machine: '', rows: [whole] }
}
