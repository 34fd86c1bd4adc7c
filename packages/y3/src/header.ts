// Tag and length, which stand before every value: one byte, then a PVarInt of one to five.
import type { Reader } from '@millrace/bytes'
import { Y3Error } from './error.ts'
import { MAX_LENGTH } from './limits.ts'
import { pvarintSize, readPVarInt32, writePVarInt32 } from './pvarint.ts'
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

  /** Reads the header at the reader's offset and leaves the reader at the value. Throws TRUNCATED, NEGATIVE_LENGTH or VARINT_TOO_LONG. */
  read(reader: Reader): this {
    const { source, offset, remaining } = reader
    this.start = offset
    if (remaining < 2) throw new Y3Error('TRUNCATED', `a packet takes at least 2 bytes, ${remaining} are there`, offset)
    this.tag = source[offset]!
    // Most lengths are of one group.
    const group = source[offset + 1]!
    if (group <= LARGEST_SHORT && group <= remaining - 2) {
      this.value = reader.offset = offset + 2
      this.end = this.value + group
      return this
    }
    reader.offset = offset + 1
    const length = readPVarInt32(reader)
    if (length < 0) throw new Y3Error('NEGATIVE_LENGTH', `a packet has the length ${length}`, reader.offset)
    if (length > reader.remaining) {
      throw new Y3Error('TRUNCATED', `a value takes ${length} bytes, ${reader.remaining} are there`, reader.offset)
    }
    this.value = reader.offset
    this.end = this.value + length
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
  writePVarInt32(tail, length)
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
