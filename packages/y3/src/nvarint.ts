// NVarInt: a signed integer as big-endian two's complement in the fewest bytes, at least one, with nothing that marks its end: it fills its value.
// The integers of y3 v1. Decoding takes longer forms than needed up to the bytes of the width; beyond that the original keeps the low bits, which
// is never what the sender meant, so it is an error here.
import type { Reader } from '@millrace/bytes'
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

/** Reads to the end of `reader`. */
export function readNVarInt32(reader: Reader): number {
  let byte = firstByte(reader, 4)
  let value = byte >= 0x80 ? -1 : 0
  for (;;) {
    value = (value << 8) | byte
    if (reader.remaining === 0) return value
    byte = reader.u8()
  }
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

/** Reads to the end of `reader`. */
export function readNVarInt64(reader: Reader): bigint {
  let byte = firstByte(reader, 8)
  let low = byte >= 0x80 ? -1 : 0
  let high = low
  for (;;) {
    high = (high << 8) | (low >>> 24)
    low = (low << 8) | byte
    if (reader.remaining === 0) return joinWords(high, low)
    byte = reader.u8()
  }
}

function firstByte(reader: Reader, width: number): number {
  if (reader.remaining === 0) throw new Y3Error('EMPTY_VALUE', 'there is no byte to read an integer from', reader.offset)
  if (reader.remaining > width) {
    throw new Y3Error('VALUE_TOO_LONG', `an integer of ${width} bytes stands in a value of ${reader.remaining}`, reader.offset)
  }
  return reader.u8()
}
