// Variable-length integers. RFC 9000 section 16.
import { BytesError } from './error.ts'

/** The largest value that the encoding holds: 2^62 - 1. A `number` holds it only as 2^62; compare as bigint. */
export const MAX_VARINT: bigint = (1n << 62n) - 1n

/** Bytes that `value` takes: 1, 2, 4 or 8. `value` is an integer from 0 to 2^53 - 1, or a bigint to 2^62 - 1. */
export function varintSize(value: number | bigint): 1 | 2 | 4 | 8 {
  if (value < 0 || value > MAX_VARINT) throw new BytesError('OUT_OF_RANGE', `${value} does not fit a variable-length integer`)
  return value < 0x40 ? 1 : value < 0x4000 ? 2 : value < 0x4000_0000 ? 4 : 8
}
