// Cuts what arrives on a stream into frames. A frame that lies whole in one chunk is handed out where it lies; only one that spans chunks is
// put together, and only once all of it is here: what a peer merely announces costs no memory.

import { MillraceError } from '../error.ts'
import { frameBelongs, frameLimit, frameName, type Place } from './frame.ts'

const NOTHING = new Uint8Array(0)

export class FrameReader {
  /** Type of the current frame. */
  type = 0
  /** The bytes in which the body of the current frame lies, from `start` to `end`. They are the reader's caller's to keep. */
  bytes: Uint8Array = NOTHING
  start = 0
  end = 0
  readonly #place: Place
  #chunk: Uint8Array = NOTHING
  #offset = 0
  #parts: Uint8Array[] = []
  #held = 0
  /** Bytes that the frame at the front needs in all, or 0 while its header is not complete. */
  #needed = 0

  constructor(place: Place) {
    this.#place = place
  }

  /** Bytes of a frame that has not come whole yet. A stream that ends while there are some was cut. */
  get unfinished(): number {
    return this.#held + this.#chunk.length - this.#offset
  }

  /** Takes one chunk. All frames of the chunk before must have been read. */
  push(chunk: Uint8Array): void {
    if (this.#held === 0) {
      this.#chunk = chunk
      this.#offset = 0
      return
    }
    this.#parts.push(chunk)
    this.#held += chunk.length
    if (this.#needed !== 0 && this.#held < this.#needed) return
    this.#chunk = Buffer.concat(this.#parts, this.#held)
    this.#offset = 0
    this.#parts = []
    this.#held = 0
    this.#needed = 0
  }

  /** Moves to the next whole frame. False: none is here yet. Throws ERR_MILLRACE_TOO_LARGE and ERR_MILLRACE_UNEXPECTED. */
  next(): boolean {
    if (this.#held !== 0) return false
    const chunk = this.#chunk
    const at = this.#offset
    const left = chunk.length - at
    if (left === 0) return false
    const typeSize = 1 << (chunk[at]! >> 6)
    if (left <= typeSize) return this.#hold(0)
    const lengthSize = 1 << (chunk[at + typeSize]! >> 6)
    const header = typeSize + lengthSize
    if (left < header) return this.#hold(0)
    const type = readVarint(chunk, at, typeSize)
    const length = readVarint(chunk, at + typeSize, lengthSize)
    this.#check(type, length)
    if (left < header + length) return this.#hold(header + length)
    this.type = type
    this.bytes = chunk
    this.start = at + header
    this.end = this.start + length
    this.#offset = this.end
    return true
  }

  #check(type: number, length: number): void {
    if (length > frameLimit(type)) {
      throw new MillraceError('ERR_MILLRACE_TOO_LARGE', `a ${label(type)} frame of ${length} bytes, at most ${frameLimit(type)} are taken`)
    }
    if (!frameBelongs(type, this.#place)) {
      throw new MillraceError('ERR_MILLRACE_UNEXPECTED', `a ${label(type)} frame has no place on the ${this.#place} side of a stream`)
    }
  }

  #hold(needed: number): false {
    const rest = this.#chunk.subarray(this.#offset)
    this.#parts.push(rest)
    this.#held = rest.length
    this.#needed = needed
    this.#chunk = NOTHING
    this.#offset = 0
    return false
  }
}

function label(type: number): string {
  return frameName(type) ?? `0x${type.toString(16)}`
}

function readVarint(bytes: Uint8Array, at: number, size: number): number {
  let value = bytes[at]! & 0x3f
  for (let index = 1; index < size; index++) value = value * 256 + bytes[at + index]!
  return Math.min(value, Number.MAX_SAFE_INTEGER)
}
