import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copyOf } from './copy.ts'

test('a copy has the bytes of its place, short or long, and a memory of its own', () => {
  const bytes = Buffer.from(Array.from({ length: 200 }, (_, i) => i))
  for (const length of [0, 1, 8, 20, 24, 25, 100]) {
    const copy = copyOf(bytes, 7, length)
    assert.equal(Object.getPrototypeOf(copy), Uint8Array.prototype)
    assert.deepEqual([...copy], [...bytes.subarray(7, 7 + length)])
    bytes[7]!++
    assert.deepEqual(copy[0], length === 0 ? undefined : bytes[7]! - 1)
  }
})
