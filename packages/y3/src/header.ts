// Tag and length, which stand before every value: one byte, then a PVarInt of one to five.
import { Y3Error } from './error.ts'
import { MAX_LENGTH } from './limits.ts'
import { endOfPVarInt32, joinPVarInt32, pvarintSize, writePVarInt32 } from './pvarint.ts'
import { ARRAY_FLAG, ID_MASK, NODE_FLAG } from './tag.ts'
import { Tail } from './tail.ts'

/** The largest length that a PVarInt of one group holds. */
export const LARGEST_SHORT = 0x3f

/** The header read last. One object serves a whole walk, so that nothing is allocated per packet; copy what is needed before reading on. */
export class Header {
  tag = 0
  /** Where the packet begins. */
  start = 0
  /** Where its value begins. */
  value = 0
  /** Where its value ends, and the next packet begins. */
  end = 0

  get id(): number {
    return this.tag & ID_MASK
  }

  get isNode(): boolean {
    return (this.tag & NODE_FLAG) !== 0
  }

  get isArray(): boolean {
    return (this.tag & ARRAY_FLAG) !== 0
  }

  /** Reads the header at `at`, of a packet that has to end before `limit`. Throws TRUNCATED, NEGATIVE_LENGTH or VARINT_TOO_LONG. */
  read(bytes: Uint8Array, at: number, limit: number): this {
    // Most lengths are of one group.
    const length = bytes[at + 1]!
    if (length > LARGEST_SHORT || !(length <= limit - at - 2)) return this.#readLong(bytes, at, limit)
    this.tag = bytes[at]!
    this.start = at
    this.value = at + 2
    this.end = at + 2 + length
    return this
  }

  /** Whatever the length is; apart, so that the short way is short enough to be compiled into where it is called. */
  #readLong(bytes: Uint8Array, at: number, limit: number): this {
    if (limit - at < 2) throw new Y3Error('TRUNCATED', `a packet takes at least 2 bytes, ${limit - at} are there`, at)
    // Up to 8 KB, two groups do.
    const isOfTwo = limit - at > 2 && bytes[at + 1]! >= 0x80 && bytes[at + 2]! < 0x80
    const value = isOfTwo ? at + 3 : endOfPVarInt32(bytes, at + 1, limit)
    const length = joinPVarInt32(bytes, at + 1, value)
    if (length < 0) throw new Y3Error('NEGATIVE_LENGTH', `a packet has the length ${length}`, value)
    if (length > limit - value) throw new Y3Error('TRUNCATED', `a value takes ${length} bytes, ${limit - value} are there`, value)
    this.tag = bytes[at]!
    this.start = at
    this.value = value
    this.end = value + length
    return this
  }
}

/** Bytes that tag and length take before a value of `length` bytes: 2 to 6. */
export function headerSize(length: number): number {
  return 1 + pvarintSize(length)
}

/** Puts tag and length before a value of `length` bytes. */
export function writeHeader(tail: Tail, tag: number, length: number): void {
  if (length > MAX_LENGTH) throw new Y3Error('TOO_LARGE', `a value of ${length} bytes is longer than a length can say`)
  if (length <= LARGEST_SHORT) tail.u8(length)
  else writePVarInt32(tail, length)
  tail.u8(tag)
}

/**
 * Tag and length alone, for a value whose bytes follow as they come: announce the length, then send that many bytes. `tag` is written as given, from
 * 0x00 to 0xFF. Throws BAD_KEY for another tag, BAD_VALUE unless `length` is an integer from 0 to 2^31 - 1.
 */
export function encodeHeader(tag: number, length: number): Uint8Array {
  if (!Number.isInteger(tag) || tag < 0 || tag > 0xff) throw new Y3Error('BAD_KEY', `${tag} is not a tag: a tag is one byte`)
  if (!Number.isInteger(length) || length < 0) throw new Y3Error('BAD_VALUE', `${length} is not a length`)
  const tail = new Tail(8)
  writeHeader(tail, tag, length)
  return tail.finish()
}
