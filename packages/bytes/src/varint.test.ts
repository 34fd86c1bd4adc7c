import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BytesError } from './error.ts'
import { Reader } from './reader.ts'
import { MAX_VARINT, varintSize } from './varint.ts'
import { Writer } from './writer.ts'

/** RFC 9000 Appendix A.1. */
const EXAMPLES: readonly [hex: string, value: bigint][] = [
  ['c2197c5eff14e88c', 151_288_809_941_952_652n],
  ['9d7f3e7d', 494_878_333n],
  ['7bbd', 15_293n],
  ['25', 37n],
  ['4025', 37n],
]

/** The edges between sizes, each with the bytes that it takes. */
const EDGES: readonly [value: number, size: number][] = [
  [0, 1],
  [63, 1],
  [64, 2],
  [16_383, 2],
  [16_384, 4],
  [2 ** 30 - 1, 4],
  [2 ** 30, 8],
  [2 ** 32 - 1, 8],
  [2 ** 32, 8],
  [Number.MAX_SAFE_INTEGER, 8],
]

for (const [hex, value] of EXAMPLES) {
  test(`${hex} reads as ${value}`, () => {
    const bytes = Buffer.from(hex, 'hex')
    assert.equal(new Reader(bytes).varintExact(), value)
    const saturated = value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value)
    const reader = new Reader(bytes)
    assert.equal(reader.varint(), saturated)
    assert.equal(reader.remaining, 0)
  })
}

for (const [value, size] of EDGES) {
  test(`${value} takes ${size} bytes, as a number and as a bigint`, () => {
    for (const given of [value, BigInt(value)]) {
      assert.equal(varintSize(given), size)
      const writer = new Writer(new Uint8Array(8))
      writer.varint(given)
      assert.equal(writer.offset, size)
      assert.equal(new Reader(writer.target).varint(), value)
    }
  })
}

test('the examples of the RFC are written as they stand there, where they are minimal', () => {
  for (const [hex, value] of EXAMPLES.filter(([bytes]) => bytes !== '4025')) {
    const bytes = new Uint8Array(hex.length / 2)
    new Writer(bytes).varint(value)
    assert.equal(Buffer.from(bytes).toString('hex'), hex)
  }
})

test('what does not fit is refused and nothing is written', () => {
  for (const value of [-1, -1n, MAX_VARINT + 1n, 2 ** 62, Number.NaN, Number.POSITIVE_INFINITY]) {
    const writer = new Writer(new Uint8Array(8))
    const outOfRange = (error: unknown) => error instanceof BytesError && error.code === 'OUT_OF_RANGE'
    assert.throws(() => varintSize(value), outOfRange)
    assert.throws(() => writer.varint(value), outOfRange)
    assert.equal(writer.offset, 0)
  }
})

test('every bigint to 2^62 - 1 comes back to the last bit', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, MAX_VARINT), (value) => {
      const writer = new Writer(new Uint8Array(8))
      writer.varint(value)
      assert.equal(writer.offset, varintSize(value))
      assert.equal(new Reader(writer.target, 0, writer.offset).varintExact(), value)
    }),
  )
})

test('every safe integer comes back, and both ways of writing it agree', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const asNumber = new Writer(new Uint8Array(8))
      const asBigint = new Writer(new Uint8Array(8))
      asNumber.varint(value)
      asBigint.varint(BigInt(value))
      assert.deepEqual(asNumber.target, asBigint.target)
      assert.equal(new Reader(asNumber.target).varint(), value)
    }),
  )
})

test('reading and writing check every byte: one less is an error', () => {
  for (const [value, size] of EDGES) {
    const bytes = new Uint8Array(8)
    new Writer(bytes).varint(value)
    assert.throws(() => new Reader(bytes, 0, size - 1).varint(), { code: 'TRUNCATED' })
    assert.throws(() => new Reader(bytes, 0, size - 1).varintExact(), { code: 'TRUNCATED' })
    assert.throws(() => new Writer(bytes, 0, size - 1).varint(value), { code: 'NO_ROOM' })
  }
})

test('a two-byte varint is two bytes, whatever its value', () => {
  const writer = new Writer(new Uint8Array(2))
  writer.varint2(37)
  assert.equal(Buffer.from(writer.target).toString('hex'), '4025')
  assert.throws(() => new Writer(new Uint8Array(2)).varint2(16_384), { code: 'OUT_OF_RANGE' })
})
