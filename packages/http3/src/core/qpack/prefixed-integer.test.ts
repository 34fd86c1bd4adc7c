import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader } from '@millrace/bytes'
import { GrowingBytes } from './growing-bytes.ts'
import { readPrefixedInteger, writePrefixedInteger } from './prefixed-integer.ts'

function written(value: number, bits: number, pattern = 0): Uint8Array {
  const out = new GrowingBytes()
  writePrefixedInteger(out, pattern, bits, value)
  return out.take()
}

function read(bytes: Uint8Array | readonly number[], bits: number): number {
  const reader = new Reader(Uint8Array.from(bytes))
  const value = readPrefixedInteger(reader, reader.u8(), bits)
  assert.equal(reader.remaining, 0)
  return value
}

test('integers are written as in the examples (RFC 7541 appendix C.1)', () => {
  assert.deepEqual([...written(10, 5, 0xe0)], [0b1110_1010])
  assert.deepEqual([...written(1337, 5)], [0b0001_1111, 0b1001_1010, 0b0000_1010])
  assert.deepEqual([...written(42, 8)], [42])
})

test('integers come back, whatever the prefix, and do not without their last byte', () => {
  const values = [0, 1, 6, 7, 8, 30, 31, 126, 127, 128, 254, 255, 256, 16_383, 2 ** 32, Number.MAX_SAFE_INTEGER]
  for (const bits of [3, 4, 5, 6, 7, 8]) {
    for (const value of values) {
      const bytes = written(value, bits)
      assert.equal(read(bytes, bits), value)
      if (bytes.length > 1) assert.throws(() => read(bytes.subarray(0, -1), bits), { code: 'TRUNCATED' })
    }
  }
})

test('62 bits can be read, more are refused, and so are endless zeros (RFC 9204 section 4.1.1, 7.4)', () => {
  const largest = [0x7f, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f]
  assert.equal(read(largest, 7), 2 ** 62)
  assert.throws(() => read(largest.with(9, 0x7f), 7), { code: 'OUT_OF_RANGE' })
  assert.throws(() => read([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 8), { code: 'OUT_OF_RANGE' })
  assert.throws(() => read([0x1f, ...Array(9).fill(0x80), 0], 5), { code: 'OUT_OF_RANGE' })
})
