// VarFloat: an IEEE 754 number, big-endian, without the zero bytes that end it, but for the first byte. The same in both generations. A value
// longer than the width is an error here; the original keeps its low bits.
import { Y3Error } from './error.ts'
import type { Tail } from './tail.ts'

/** Of two, of the least number that there is. */
const LOWEST_POWER = -1074
/** Two to the powers from the lowest to 971, which scales the largest: looking one up is a tenth of what raising to it takes. */
const POWERS: Readonly<Float64Array> = Float64Array.from({ length: 972 - LOWEST_POWER }, (_, index) => 2 ** (index + LOWEST_POWER))

/** `value` is rounded to the nearest 32-bit number. */
export function writeVarFloat32(tail: Tail, value: number): void {
  tail.float32(value)
  tail.trimZeros(4)
}

export function writeVarFloat64(tail: Tail, value: number): void {
  tail.float64(value)
  tail.trimZeros(8)
}

/** The number that fills the bytes from `start` to `end`. */
export function readVarFloat32(bytes: Uint8Array, start: number, end: number): number {
  if (start === end || end - start > 4) throw wrongLength(start, end, 4)
  const word = paddedWord(bytes, start, end)
  const exponent = (word >>> 23) & 0xff
  return compose(word, exponent === 0xff, exponent, word & 0x7f_ffff, 2 ** 23, 150)
}

/** The number that fills the bytes from `start` to `end`. */
export function readVarFloat64(bytes: Uint8Array, start: number, end: number): number {
  if (start === end || end - start > 8) throw wrongLength(start, end, 8)
  const high = paddedWord(bytes, start, end)
  const low = paddedWord(bytes, start + 4, end) >>> 0
  const exponent = (high >>> 20) & 0x7ff
  return compose(high, exponent === 0x7ff, exponent, (high & 0xf_ffff) * 2 ** 32 + low, 2 ** 52, 1075)
}

/**
 * The number that the fields of IEEE 754 section 3.4 make. Arithmetic rather than a DataView, which would have to be allocated a value; every step
 * is exact, since an integer below 2^53 is scaled by a power of two and the product is representable.
 */
function compose(signed: number, isSpecial: boolean, exponent: number, fraction: number, implicitBit: number, bias: number): number {
  let magnitude: number
  if (isSpecial) magnitude = fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN
  else if (exponent === 0) magnitude = fraction * POWERS[1 - bias - LOWEST_POWER]!
  else magnitude = (fraction + implicitBit) * POWERS[exponent - bias - LOWEST_POWER]!
  return signed < 0 ? -magnitude : magnitude
}

/** The four bytes at `at`, zeros from `end` on. */
function paddedWord(bytes: Uint8Array, at: number, end: number): number {
  if (end - at >= 4) return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  let word = 0
  for (let index = at; index < end; index++) word |= bytes[index]! << (24 - 8 * (index - at))
  return word
}

function wrongLength(start: number, end: number, width: number): Y3Error {
  return start === end
    ? new Y3Error('EMPTY_VALUE', 'there is no byte to read a floating-point number from', start)
    : new Y3Error('VALUE_TOO_LONG', `a floating-point number of ${width} bytes stands in a value of ${end - start}`, start)
}
