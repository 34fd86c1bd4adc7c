import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hex } from '../test/hex.ts'
import { decodeNumber, encodeNumber, type NumberEncodingName } from './numbers.ts'

const ranges: { readonly [E in NumberEncodingName]: fc.Arbitrary<number | bigint> } = {
  pvarint32: fc.integer(),
  pvaruint32: fc.integer({ min: 0, max: 0xffff_ffff }),
  pvarint64: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  pvaruint64: fc.bigInt(0n, 2n ** 64n - 1n),
  nvarint32: fc.integer(),
  nvaruint32: fc.integer({ min: 0, max: 0xffff_ffff }),
  nvarint64: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  nvaruint64: fc.bigInt(0n, 2n ** 64n - 1n),
  varfloat32: fc.float(),
  varfloat64: fc.double(),
}

const encodings = Object.keys(ranges) as NumberEncodingName[]

test('every number of every encoding decodes to itself', () => {
  for (const encoding of encodings) {
    fc.assert(
      fc.property(ranges[encoding], (value) => {
        assert.ok(Object.is(decodeNumber(encoding, encodeNumber(encoding, value as never)), value))
      }),
    )
  }
})

test('the edges of every bit width decode to themselves, in the fewest bytes that hold their sign', () => {
  for (const [encoding, bits, unit] of [
    ['pvarint64', 64, 7],
    ['nvarint64', 64, 8],
    ['pvarint32', 32, 7],
    ['nvarint32', 32, 8],
  ] as const) {
    for (let bit = 0; bit < bits - 1; bit++) {
      for (const value of [2n ** BigInt(bit) - 1n, 2n ** BigInt(bit), -(2n ** BigInt(bit)), -(2n ** BigInt(bit)) - 1n]) {
        if (value !== BigInt.asIntN(bits, value)) continue
        const given = bits === 64 ? value : Number(value)
        const bytes = encodeNumber(encoding, given as never)
        assert.equal(decodeNumber(encoding, bytes), given)
        assert.equal(bytes.length, fewestUnits(value, unit), `${encoding} of ${value} is ${hex(bytes)}`)
      }
    }
  }
})

test('floating-point numbers of every exponent are those that a DataView reads', () => {
  const view = new DataView(new ArrayBuffer(8))
  for (let exponent = 0; exponent < 0x800; exponent++) {
    for (const fraction of [0n, 1n, 0x8_0000_0000_0000n, 0xf_ffff_ffff_ffffn]) {
      view.setBigUint64(0, (BigInt(exponent) << 52n) | fraction)
      assert.ok(Object.is(decodeNumber('varfloat64', new Uint8Array(view.buffer)), view.getFloat64(0)))
    }
  }
  for (let exponent = 0; exponent < 0x100; exponent++) {
    for (const fraction of [0, 1, 0x40_0000, 0x7f_ffff]) {
      view.setUint32(0, ((exponent << 23) | fraction) >>> 0)
      assert.ok(Object.is(decodeNumber('varfloat32', new Uint8Array(view.buffer, 0, 4)), view.getFloat32(0)))
    }
  }
})

test('an integer of more bytes than its width fills is refused, a longer form within them is not', () => {
  const filled = (length: number, fill: number, last: number) => new Uint8Array(length).fill(fill).fill(last, length - 1)
  assert.equal(decodeNumber('pvarint32', filled(5, 0x80, 0x05)), 5)
  assert.throws(() => decodeNumber('pvarint32', filled(6, 0x80, 0x05)), { name: 'Y3Error', code: 'VARINT_TOO_LONG' })
  assert.equal(decodeNumber('pvarint64', filled(10, 0x80, 0x05)), 5n)
  assert.throws(() => decodeNumber('pvarint64', filled(11, 0x80, 0x05)), { name: 'Y3Error', code: 'VARINT_TOO_LONG' })
  assert.equal(decodeNumber('nvarint32', filled(4, 0, 5)), 5)
  assert.throws(() => decodeNumber('nvarint32', filled(5, 0, 5)), { name: 'Y3Error', code: 'VALUE_TOO_LONG' })
  assert.equal(decodeNumber('nvarint64', filled(8, 0, 5)), 5n)
  assert.throws(() => decodeNumber('nvarint64', filled(9, 0, 5)), { name: 'Y3Error', code: 'VALUE_TOO_LONG' })
  assert.throws(() => decodeNumber('varfloat32', filled(5, 0, 5)), { name: 'Y3Error', code: 'VALUE_TOO_LONG' })
  assert.throws(() => decodeNumber('varfloat64', filled(9, 0, 5)), { name: 'Y3Error', code: 'VALUE_TOO_LONG' })
})

test('an integer of the other generation, which ends too early, is refused', () => {
  assert.throws(() => decodeNumber('pvarint32', encodeNumber('nvarint32', 255)), { name: 'Y3Error', code: 'VALUE_TOO_LONG', offset: 1 })
})

test('an integer that is cut and an empty number are refused', () => {
  assert.throws(() => decodeNumber('pvarint32', Uint8Array.of(0x80)), { name: 'Y3Error', code: 'TRUNCATED' })
  assert.throws(() => decodeNumber('pvarint64', Uint8Array.of(0xff, 0xff)), { name: 'Y3Error', code: 'TRUNCATED' })
  for (const encoding of encodings) assert.throws(() => decodeNumber(encoding, new Uint8Array(0)), { name: 'Y3Error', code: 'EMPTY_VALUE' })
})

test('values out of range are refused and named', () => {
  const wrong = {
    32: [2 ** 32, -(2 ** 31) - 1, 0.5, Number.NaN, 1n, '1', null, undefined, {}, Object.create(null)],
    64: [2n ** 64n, -(2n ** 63n) - 1n, 1, '1', null, {}],
  }
  for (const encoding of encodings.filter((name) => !name.startsWith('varfloat'))) {
    for (const value of wrong[encoding.endsWith('64') ? 64 : 32]) {
      assert.throws(() => encodeNumber(encoding, value as never), { name: 'Y3Error', code: 'BAD_VALUE', offset: null })
    }
  }
  assert.throws(() => encodeNumber('varfloat64', '1' as never), { name: 'Y3Error', code: 'BAD_VALUE' })
})

function fewestUnits(value: bigint, unit: number): number {
  for (let count = 1; ; count++) if (BigInt.asIntN(count * unit, value) === value) return count
}
