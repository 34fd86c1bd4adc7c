// A writer that fills its bytes from the back. In Y3 a length stands before its value, and takes one to five bytes; written backwards,
// the length is known by the time it is due, so that one pass suffices and nothing is measured beforehand or moved afterwards.

/** Typed arrays of up to 64 bytes are made on the heap, ten times as fast as larger ones. */
const FIRST_CAPACITY = 64

/** Room is taken so much at a time once that many small values have been cut off: making room for each takes longer than encoding it. */
const ROOM = 8192

/** Longer values are cut off as copies, so that what is kept of them is no more than themselves. */
const LARGEST_SHARED = ROOM / 4

/** Copies shorter than this are quicker byte by byte than through a view of the source. */
const SHORT_COPY = 32

/** From here on the platform's encoder is quicker than the loop below, although its result is copied once more. */
const LONG_TEXT = 64

const encoder = new TextEncoder()

export class Tail {
  #bytes: Uint8Array<ArrayBuffer>
  /** Over `#bytes`; made when the first float comes. */
  #view: DataView | null = null
  #at: number
  /** What stands from here on is cut off, and is its receiver's. */
  #end: number

  constructor(capacity: number = FIRST_CAPACITY) {
    this.#bytes = new Uint8Array(capacity)
    this.#at = capacity
    this.#end = capacity
  }

  /** How many bytes are written. */
  get length(): number {
    return this.#end - this.#at
  }

  u8(value: number): void {
    if (this.#at === 0) this.#grow(1)
    this.#bytes[--this.#at] = value
  }

  bytes(source: Uint8Array): void {
    this.copy(source, 0, source.length)
  }

  /** The bytes of `source` from `start` to `end`. */
  copy(source: Uint8Array, start: number, end: number): void {
    const length = end - start
    if (this.#at < length) this.#grow(length)
    this.#at -= length
    if (length >= SHORT_COPY) {
      this.#bytes.set(source.subarray(start, end), this.#at)
      return
    }
    const bytes = this.#bytes
    const at = this.#at - start
    for (let index = start; index < end; index++) bytes[at + index] = source[index]!
  }

  /** UTF-8. A surrogate without its other half becomes U+FFFD, as the Encoding standard has it. */
  text(text: string): void {
    if (text.length >= LONG_TEXT) {
      this.bytes(encoder.encode(text))
      return
    }
    if (this.#at < text.length * 3) this.#grow(text.length * 3)
    const bytes = this.#bytes
    let at = this.#at
    for (let index = text.length - 1; index >= 0; index--) {
      let code = text.charCodeAt(index)
      if (code < 0x80) {
        bytes[--at] = code
        continue
      }
      if (code < 0x800) {
        bytes[--at] = 0x80 | (code & 0x3f)
        bytes[--at] = 0xc0 | (code >> 6)
        continue
      }
      if (code >= 0xd800 && code <= 0xdfff) {
        const lead = code >= 0xdc00 && index > 0 ? text.charCodeAt(index - 1) : 0
        if (lead >= 0xd800 && lead <= 0xdbff) {
          index--
          code = 0x1_0000 + ((lead - 0xd800) << 10) + (code - 0xdc00)
          bytes[--at] = 0x80 | (code & 0x3f)
          bytes[--at] = 0x80 | ((code >> 6) & 0x3f)
          bytes[--at] = 0x80 | ((code >> 12) & 0x3f)
          bytes[--at] = 0xf0 | (code >> 18)
          continue
        }
        code = 0xfffd
      }
      bytes[--at] = 0x80 | (code & 0x3f)
      bytes[--at] = 0x80 | ((code >> 6) & 0x3f)
      bytes[--at] = 0xe0 | (code >> 12)
    }
    this.#at = at
  }

  float32(value: number): void {
    if (this.#at < 4) this.#grow(4)
    this.#at -= 4
    this.#floats().setFloat32(this.#at, value)
  }

  float64(value: number): void {
    if (this.#at < 8) this.#grow(8)
    this.#at -= 8
    this.#floats().setFloat64(this.#at, value)
  }

  /** Drops the zero bytes that end the newest `width` bytes, but never the first of them. */
  trimZeros(width: number): void {
    const bytes = this.#bytes
    const start = this.#at
    const end = start + width
    let last = end - 1
    while (last > start && bytes[last] === 0) last--
    const dropped = end - 1 - last
    if (dropped === 0) return
    // From the back, since both runs overlap; a call of copyWithin takes longer than eight steps.
    for (let index = last; index >= start; index--) bytes[index + dropped] = bytes[index]!
    this.#at += dropped
  }

  /** A copy of what is written. */
  finish(): Uint8Array {
    return this.#bytes.slice(this.#at, this.#end)
  }

  /** What is written, and the tail is empty. A short value is not copied: what is written next stands before it in the same memory. */
  cut(): Uint8Array {
    if (this.length > LARGEST_SHARED) {
      const copy = this.finish()
      this.reset()
      return copy
    }
    const bytes = this.#bytes.subarray(this.#at, this.#end)
    this.#end = this.#at
    return bytes
  }

  /** The bytes themselves, for a tail whose capacity was what it was to hold and that is not used again. */
  release(): Uint8Array {
    return this.length === this.#bytes.length ? this.#bytes : this.finish()
  }

  /** Forgets what is written since the last cut. */
  reset(): void {
    this.#at = this.#end
  }

  get capacity(): number {
    return this.#bytes.length
  }

  #floats(): DataView {
    this.#view ??= new DataView(this.#bytes.buffer)
    return this.#view
  }

  #grow(room: number): void {
    const length = this.length
    const bytes = new Uint8Array(Math.max(Math.min(this.#bytes.length * 2, ROOM), (length + room) * 2))
    bytes.set(this.#bytes.subarray(this.#at, this.#end), bytes.length - length)
    this.#at = bytes.length - length
    this.#end = bytes.length
    this.#bytes = bytes
    this.#view = null
  }
}
