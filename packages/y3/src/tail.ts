// A writer that fills its bytes from the back. In Y3 a length stands before its value, and takes one to five bytes; written backwards,
// the length is known by the time it is due, so that one pass suffices and nothing is measured beforehand or moved afterwards.

const FIRST_CAPACITY = 256

/** From here on the platform's encoder is quicker than the loop below, although its result is copied once more. */
const LONG_TEXT = 64

const encoder = new TextEncoder()

export class Tail {
  #bytes: Uint8Array<ArrayBuffer>
  #view: DataView
  #at: number

  constructor(capacity: number = FIRST_CAPACITY) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
    this.#at = capacity
  }

  /** How many bytes are written. */
  get length(): number {
    return this.#bytes.length - this.#at
  }

  u8(value: number): void {
    if (this.#at === 0) this.#grow(1)
    this.#bytes[--this.#at] = value
  }

  bytes(source: Uint8Array): void {
    if (this.#at < source.length) this.#grow(source.length)
    this.#at -= source.length
    this.#bytes.set(source, this.#at)
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
    this.#view.setFloat32(this.#at, value)
  }

  float64(value: number): void {
    if (this.#at < 8) this.#grow(8)
    this.#at -= 8
    this.#view.setFloat64(this.#at, value)
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
    bytes.copyWithin(start + dropped, start, last + 1)
    this.#at += dropped
  }

  /** What is written, in bytes of that size. Nothing may be written afterwards. */
  finish(): Uint8Array {
    return this.#at === 0 ? this.#bytes : this.#bytes.slice(this.#at)
  }

  #grow(room: number): void {
    const length = this.length
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, length + room))
    bytes.set(this.#bytes.subarray(this.#at), bytes.length - length)
    this.#at = bytes.length - length
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}
