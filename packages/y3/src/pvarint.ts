// PVarInt: signed integers in groups of seven bits, the most significant first, 0x80 set in all but the last. The fewest groups are written whose
// bits hold the value with its sign, which is 0x40 of the first group: 63 is 3F, 64 is 80 40, -1 is 7F. Packet lengths are PVarInts in both
// generations, values only in the old one. Decoding takes longer forms than needed, as the original does, but no more groups than the width can fill.
import type { Reader } from '@millrace/bytes'
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

export function readPVarInt32(reader: Reader): number {
  let byte = firstGroup(reader)
  let value = (byte & 0x40) === 0 ? 0 : -1
  for (let groups = 1; ; groups++) {
    value = (value << 7) | (byte & 0x7f)
    if (byte < 0x80) return value
    byte = nextGroup(reader, groups, MAX_GROUPS_32)
  }
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

export function readPVarInt64(reader: Reader): bigint {
  let byte = firstGroup(reader)
  let low = (byte & 0x40) === 0 ? 0 : -1
  let high = low
  for (let groups = 1; ; groups++) {
    high = (high << 7) | (low >>> 25)
    low = (low << 7) | (byte & 0x7f)
    if (byte < 0x80) return joinWords(high, low)
    byte = nextGroup(reader, groups, MAX_GROUPS_64)
  }
}

/** The signed 64-bit integer that two words make. */
export function joinWords(high: number, low: number): bigint {
  return high === low >> 31 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low >>> 0)
}

function firstGroup(reader: Reader): number {
  if (reader.remaining === 0) throw new Y3Error('TRUNCATED', 'the bytes end where an integer begins', reader.offset)
  return reader.u8()
}

function nextGroup(reader: Reader, groups: number, limit: number): number {
  if (groups === limit) throw new Y3Error('VARINT_TOO_LONG', `an integer takes more than ${limit} bytes`, reader.offset)
  if (reader.remaining === 0) throw new Y3Error('TRUNCATED', 'the bytes end within an integer', reader.offset)
  return reader.u8()
}
