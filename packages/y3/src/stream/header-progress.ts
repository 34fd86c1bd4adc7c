// Tag and length, taken in byte by byte: what stands at the head of a packet when a stream may be cut anywhere.
import { Y3Error } from '../error.ts'
import { MAX_GROUPS_32 } from '../pvarint.ts'
import { ID_MASK, NODE_FLAG } from '../tag.ts'

export class HeaderProgress {
  /** The bytes taken in so far: a tag and at most five groups of length. */
  readonly bytes: Uint8Array = new Uint8Array(1 + MAX_GROUPS_32)
  /** How many of them there are; 0 between packets. */
  size = 0
  /** Length of the value; meaningful once the header is whole. */
  length = 0

  get id(): number {
    return this.bytes[0]! & ID_MASK
  }

  get isNode(): boolean {
    return (this.bytes[0]! & NODE_FLAG) !== 0
  }

  reset(): void {
    this.size = 0
    this.length = 0
  }

  /** Takes one byte in; `offset` is its place in the stream. True when the header is whole. Throws VARINT_TOO_LONG or NEGATIVE_LENGTH. */
  take(byte: number, offset: number): boolean {
    if (this.size === this.bytes.length) throw new Y3Error('VARINT_TOO_LONG', `a length takes more than ${MAX_GROUPS_32} bytes`, offset)
    this.bytes[this.size++] = byte
    if (this.size === 1) return false
    if (this.size === 2 && (byte & 0x40) !== 0) this.length = -1
    this.length = (this.length << 7) | (byte & 0x7f)
    if (byte >= 0x80) return false
    if (this.length < 0) throw new Y3Error('NEGATIVE_LENGTH', `a packet has the length ${this.length}`, offset + 1)
    return true
  }
}
