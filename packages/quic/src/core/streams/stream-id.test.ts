import assert from 'node:assert/strict'
import { test } from 'node:test'
import { direction, initiator, ordinal, type Side, streamId } from './stream-id.ts'

/** RFC 9000 section 2.1, table 1. */
const TABLE: readonly [lowBits: number, opener: Side, kind: 'bidi' | 'uni'][] = [
  [0, 'client', 'bidi'],
  [1, 'server', 'bidi'],
  [2, 'client', 'uni'],
  [3, 'server', 'uni'],
]

/** The last one is past 2^32, where bitwise operators would fail. */
const PLACES = [0, 1, 5, 2 ** 31, 2 ** 40 + 3]

for (const [bits, opener, kind] of TABLE) {
  test(`stream ids that end in ${bits} are ${kind} streams of the ${opener}`, () => {
    for (const place of PLACES) {
      const id = place * 4 + bits
      assert.deepEqual([initiator(id), direction(id), ordinal(id)], [opener, kind, place])
      assert.equal(streamId(opener, kind, place), id)
    }
  })
}
