// PVarInt: signed integers in groups of seven bits, the most significant first, 0x80 set in all but the last. The fewest groups are written whose
// bits hold the value with its sign, which is 0x40 of the first group: 63 is 3F, 64 is 80 40, -1 is 7F. Packet lengths are PVarInts in both
// generations, values only in the old one. Decoding takes longer forms than needed, as the original does, but no more groups than the width can fill.
import { Y3Error } from './error.ts'
import type { Tail } from './tail.ts'

export const MAX_GROUPS_32 = 5
const MAX_GROUPS_64 = 10

/** Bytes that `value`, a signed 32-bit integer, takes: 1 to 5. */
export function pvarintSize(value: number): number {
  let size = 1
  for (let rest = value >> 6; rest !== 0 && rest !== -1; rest >>= 7) size++
  return size
}

export function writePVarInt32(tail: Tail, value: number): void {
  let rest = value
  let more = 0
  for (;;) {
    tail.u8((rest & 0x7f) | more)
    const sign = rest >> 6
    if (sign === 0 || sign === -1) return
    rest >>= 7
    more = 0x80
  }
}

/**
 * Where the 32-bit integer that begins at `start` ends, which is before `end`: its groups mark that themselves.
 * Throws TRUNCATED or VARINT_TOO_LONG.
 */
export function endOfPVarInt32(bytes: Uint8Array, start: number, end: number): number {
  return endOfGroups(bytes, start, end, MAX_GROUPS_32)
}

/** The signed 32-bit integer whose groups are the bytes from `start` to `end`: at least one. */
export function joinPVarInt32(bytes: Uint8Array, start: number, end: number): number {
  let value = (bytes[start]! << 25) >> 25
  for (let at = start + 1; at < end; at++) value = (value << 7) | (bytes[at]! & 0x7f)
  return value
}

/** The integer that fills the bytes from `start` to `end`. */
export function readPVarInt32(bytes: Uint8Array, start: number, end: number): number {
  checkWhole(bytes, start, end, MAX_GROUPS_32)
  return joinPVarInt32(bytes, start, end)
}

/** `value` is from -2^63 to 2^63 - 1. */
export function writePVarInt64(tail: Tail, value: bigint): void {
  let high = Number(value >> 32n)
  let low = Number(value & 0xffff_ffffn) | 0
  let more = 0
  for (;;) {
    tail.u8((low & 0x7f) | more)
    if (high === low >> 31 && (low >> 6 === 0 || low >> 6 === -1)) return
    low = (low >>> 7) | (high << 25)
    high >>= 7
    more = 0x80
  }
}

/** The integer that fills the bytes from `start` to `end`. */
export function readPVarInt64(bytes: Uint8Array, start: number, end: number): bigint {
  checkWhole(bytes, start, end, MAX_GROUPS_64)
  let low = (bytes[start]! << 25) >> 25
  let high = low >> 31
  for (let at = start + 1; at < end; at++) {
    high = (high << 7) | (low >>> 25)
    low = (low << 7) | (bytes[at]! & 0x7f)
  }
  return joinWords(high, low)
}

/** The signed 64-bit integer that two words make. */
export function joinWords(high: number, low: number): bigint {
  return high === low >> 31 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low >>> 0)
}

function endOfGroups(bytes: Uint8Array, start: number, end: number, limit: number): number {
  for (let at = start; at < end; at++) {
    if (at - start === limit) throw new Y3Error('VARINT_TOO_LONG', `an integer takes more than ${limit} bytes`, at)
    if (bytes[at]! < 0x80) return at + 1
  }
  throw new Y3Error('TRUNCATED', 'the bytes end within an integer', end)
}

/** A PVarInt marks its own end. Bytes behind it betray a value of the other generation (00 FF is 255 there), so they are not passed over. */
function checkWhole(bytes: Uint8Array, start: number, end: number, limit: number): void {
  if (start === end) throw new Y3Error('EMPTY_VALUE', 'there is no byte to read an integer from', start)
  const at = endOfGroups(bytes, start, end, limit)
  if (at !== end) throw new Y3Error('VALUE_TOO_LONG', `an integer ends ${end - at} bytes before its value; is this y3-v1 data?`, at)
}
