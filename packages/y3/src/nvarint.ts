// NVarInt: a signed integer as big-endian two's complement in the fewest bytes, at least one, with nothing that marks its end: it fills its value.
// The integers of y3 v1. Decoding takes longer forms than needed up to the bytes of the width; beyond that the original keeps the low bits, which
// is never what the sender meant, so it is an error here.
import { Y3Error } from './error.ts'
import { joinWords } from './pvarint.ts'
import type { Tail } from './tail.ts'

export function writeNVarInt32(tail: Tail, value: number): void {
  let rest = value
  for (;;) {
    tail.u8(rest & 0xff)
    const sign = rest >> 7
    if (sign === 0 || sign === -1) return
    rest >>= 8
  }
}

/** The integer that fills the bytes from `start` to `end`. */
export function readNVarInt32(bytes: Uint8Array, start: number, end: number): number {
  checkLength(start, end, 4)
  let value = (bytes[start]! << 24) >> 24
  for (let at = start + 1; at < end; at++) value = (value << 8) | bytes[at]!
  return value
}

/** `value` is from -2^63 to 2^63 - 1. */
export function writeNVarInt64(tail: Tail, value: bigint): void {
  let high = Number(value >> 32n)
  let low = Number(value & 0xffff_ffffn) | 0
  for (;;) {
    tail.u8(low & 0xff)
    if (high === low >> 31 && (low >> 7 === 0 || low >> 7 === -1)) return
    low = (low >>> 8) | (high << 24)
    high >>= 8
  }
}

/** The integer that fills the bytes from `start` to `end`. */
export function readNVarInt64(bytes: Uint8Array, start: number, end: number): bigint {
  checkLength(start, end, 8)
  let low = (bytes[start]! << 24) >> 24
  let high = low >> 31
  for (let at = start + 1; at < end; at++) {
    high = (high << 8) | (low >>> 24)
    low = (low << 8) | bytes[at]!
  }
  return joinWords(high, low)
}

function checkLength(start: number, end: number, width: number): void {
  if (start === end) throw new Y3Error('EMPTY_VALUE', 'there is no byte to read an integer from', start)
  if (end - start > width) {
    throw new Y3Error('VALUE_TOO_LONG', `an integer of ${width} bytes stands in a value of ${end - start}`, start)
  }
}
