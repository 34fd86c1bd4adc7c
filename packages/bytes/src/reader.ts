// A cursor over bytes that arrived. Every read is checked against the end; nothing is copied unless it says so.
import { copyOf } from './copy.ts'
import { BytesError } from './error.ts'

const TWO_32 = 0x1_0000_0000

/** The least first byte of a varint that takes more than that one. */
const LONGER = 0x40

/** A cursor over bytes that arrived. Every read is checked against the end and throws `BytesError` beyond it; nothing is copied unless it says so. */
export class Reader {
  #bytes: Uint8Array
  #end: number
  /** Index in the underlying bytes of what is read next. */
  offset: number

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = bytes
    this.offset = start
    this.#end = end
  }

  /** Points the same cursor at other bytes, so that a hot path needs no new object. */
  reset(bytes: Uint8Array, start = 0, end: number = bytes.length): this {
    this.#bytes = bytes
    this.offset = start
    this.#end = end
    return this
  }

  /** The bytes that are read. */
  get source(): Uint8Array {
    return this.#bytes
  }

  /** Where reading ends: an offset into `source`. */
  get end(): number {
    return this.#end
  }

  /** Bytes not yet read. */
  get remaining(): number {
    return this.#end - this.offset
  }

  /** The next byte. */
  u8(): number {
    this.#need(1)
    return this.#bytes[this.offset++]!
  }

  /** The next two bytes, in network order. */
  u16(): number {
    this.#need(2)
    const at = this.offset
    this.offset += 2
    return (this.#bytes[at]! << 8) | this.#bytes[at + 1]!
  }

  /** The next four bytes, in network order. */
  u32(): number {
    this.#need(4)
    const bytes = this.#bytes
    const at = this.offset
    this.offset += 4
    return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  }

  /** A variable-length integer as a number. Above 2^53 - 1 it saturates there, which serves limits and offsets (RFC 9000 section 16). */
  varint(): number {
    const at = this.offset
    // So short that V8 puts it where it is called: most varints are of one byte.
    const first = at < this.#end ? this.#bytes[at]! : LONGER
    if (first >= LONGER) return this.#longer()
    this.offset = at + 1
    return first
  }

  #longer(): number {
    this.#need(1)
    const first = this.#bytes[this.offset]!
    switch (first >> 6) {
      case 1:
        return this.u16() & 0x3fff
      case 2: {
        // Not by `u32`: with the two bits that tell the length, the number is no small integer to V8, and takes memory.
        this.#need(4)
        const bytes = this.#bytes
        const at = this.offset
        this.offset = at + 4
        return ((first & 0x3f) << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
      }
      default: {
        const high = this.#wide()
        // A sum with a power of two in it is a fraction to V8, however small.
        return high === 0 ? this.u32() : Math.min(high * TWO_32 + this.u32(), Number.MAX_SAFE_INTEGER)
      }
    }
  }

  /** A variable-length integer to the last bit: for codes and ids that have a meaning of their own. */
  varintExact(): bigint {
    this.#need(1)
    if (this.#bytes[this.offset]! >> 6 !== 3) return BigInt(this.varint())
    const high = this.#wide()
    return (BigInt(high) << 32n) | BigInt(this.u32())
  }

  /** A view of the next `length` bytes; it lives as long as what it was read from. */
  view(length: number): Uint8Array {
    this.#need(length)
    const at = this.offset
    this.offset += length
    return this.#bytes.subarray(at, at + length)
  }

  /** A copy of the next `length` bytes: a plain Uint8Array also when read from a Buffer. */
  copy(length: number): Uint8Array {
    this.#need(length)
    this.offset += length
    return copyOf(this.#bytes, this.offset - length, length)
  }

  /** Passes over so many bytes. */
  skip(length: number): void {
    this.#need(length)
    this.offset += length
  }

  #wide(): number {
    this.#need(8)
    return this.u32() & 0x3fff_ffff
  }

  #need(length: number): void {
    if (length < 0 || length > this.#end - this.offset) throw truncated(length, this.#end - this.offset)
  }
}

function truncated(wanted: number, there: number): BytesError {
  return new BytesError('TRUNCATED', `${wanted} bytes wanted, ${there} there`)
}
