// Integers that begin in the middle of a byte. RFC 9204 section 4.1.1, RFC 7541 section 5.1.
import { BytesError, type Reader } from '@millrace/bytes'
import type { GrowingBytes } from './growing-bytes.ts'

/** Bytes after the first: nine of 7 bits hold 62, and zeros in front of nothing are no reason for more. */
const MAX_CONTINUATION = 9

/** 2^62 - 1, as near as a number comes. */
const MAX_VALUE = 2 ** 62

/**
 * The integer whose first byte, already read, holds its beginning in the low `bits` bits. Throws `BytesError`: TRUNCATED, or OUT_OF_RANGE above
 * 2^62 - 1. Above 2^53 it is not exact, and larger than any index, length, count or stream that could be meant.
 */
export function readPrefixedInteger(reader: Reader, first: number, bits: number): number {
  const mask = (1 << bits) - 1
  const value = first & mask
  return value < mask ? value : readContinuation(reader, value)
}

/** Writes the integer, its beginning in the low `bits` bits of a byte whose other bits are `pattern`. */
export function writePrefixedInteger(out: GrowingBytes, pattern: number, bits: number, value: number): void {
  const mask = (1 << bits) - 1
  if (value < mask) {
    out.u8(pattern | value)
    return
  }
  out.u8(pattern | mask)
  let rest = value - mask
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out.u8((rest % 0x80) | 0x80)
  out.u8(rest)
}

function readContinuation(reader: Reader, start: number): number {
  let value = start
  let scale = 1
  for (let count = 0; count < MAX_CONTINUATION; count++) {
    const byte = reader.u8()
    value += (byte & 0x7f) * scale
    scale *= 0x80
    if (byte >= 0x80) continue
    if (value > MAX_VALUE) break
    return value
  }
  throw new BytesError('OUT_OF_RANGE', 'a prefixed integer of more than 62 bits')
}
