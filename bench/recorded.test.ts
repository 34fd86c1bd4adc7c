import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BenchDocument, Row } from './harness/document.ts'
import { fallen, withRatios } from './recorded.ts'

test('a ratio may fall by 30 % and no further', () => {
  const recorded = { throughput: { down: { their: 1 } } }
  assert.deepEqual(fallen(documentOf({ ratio: 0.71 }), recorded), [])
  assert.deepEqual(fallen(documentOf({ ratio: 0.69 }), recorded), ['throughput, down: 0.69 x their, recorded are 1 x'])
})

test('where less is better, a ratio falls by growing', () => {
  const recorded = { throughput: { down: { their: 1 } } }
  assert.deepEqual(fallen(documentOf({ ratio: 0.5, better: 'less' }), recorded), [])
  assert.deepEqual(fallen(documentOf({ ratio: 1.45, better: 'less' }), recorded), ['throughput, down: 1.45 x their, recorded are 1 x'])
})

test('who is not there, or not recorded, does not count', () => {
  assert.deepEqual(fallen(documentOf({ ratio: null }), { throughput: { down: { their: 1 } } }), [])
  assert.deepEqual(fallen(documentOf({ ratio: 0.1 }), { throughput: { up: { their: 1 } } }), [])
})

test('what is recorded takes the place of what was, and leaves the rest', () => {
  const before = { latency: { echo: { their: 2 } }, throughput: { down: { their: 1, other: 3 } } }
  const after = { latency: { echo: { their: 2 } }, throughput: { down: { their: 1.5, other: 3 } } }
  assert.deepEqual(withRatios(before, documentOf({ ratio: 1.5 })), after)
  assert.deepEqual(withRatios(before, documentOf({ ratio: 1.5, leading: false })), before)
  assert.deepEqual(withRatios(before, documentOf({ ratio: null })), before)
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
