// The type and length in front of each frame, which may arrive in pieces. RFC 9114 section 7.1.
import { Reader, Writer } from '@millrace/bytes'

/** Two varints of 8 bytes. */
export const MAX_FRAME_HEADER = 16

/** Reads one frame header after the other out of chunks that are cut anywhere. */
export class FrameHeaderReader {
  /** Of the frame whose header was read last. Types and lengths above 2^53 - 1 saturate there: no such type has a meaning, and no frame is so long. */
  type = 0
  length = 0
  /** The beginning of a header that was cut: nearly none is. */
  #partial: Uint8Array = EMPTY
  #held = 0

  /** Whether a header has begun and not ended. */
  get isPartial(): boolean {
    return this.#held > 0
  }

  /** Reads on at `from`. Returns the index behind the header, or -1 when the chunk ended before it; what there was of it is then kept. */
  read(chunk: Uint8Array, from: number): number {
    if (this.#held === 0) {
      if (isShort(chunk, from)) return this.#takeShort(chunk, from)
      if (from + headerSize(chunk, from, chunk.length) <= chunk.length) return this.#take(chunk, from)
      if (this.#partial.length === 0) this.#partial = new Uint8Array(MAX_FRAME_HEADER)
      this.#partial.set(chunk.subarray(from))
      this.#held = chunk.length - from
      return -1
    }
    for (let at = from; ; ) {
      const size = headerSize(this.#partial, 0, this.#held)
      if (this.#held >= size) {
        this.#held = 0
        this.#take(this.#partial, 0)
        return at
      }
      if (at === chunk.length) return -1
      this.#partial[this.#held++] = chunk[at++]!
    }
  }

  /** A type of one byte and a length of one or two. */
  #takeShort(bytes: Uint8Array, at: number): number {
    const first = bytes[at + 1]!
    this.type = bytes[at]!
    this.length = first < 0x40 ? first : ((first & 0x3f) << 8) | bytes[at + 2]!
    return at + (first < 0x40 ? 2 : 3)
  }

  #take(bytes: Uint8Array, at: number): number {
    const reader = new Reader(bytes, at)
    this.type = reader.varint()
    this.length = reader.varint()
    return reader.offset
  }
}

/** A frame header, at the beginning of `target`. Returns its length. */
export function writeFrameHeader(target: Uint8Array, type: number, length: number): number {
  const writer = new Writer(target)
  writer.varint(type)
  writer.varint(length)
  return writer.offset
}

/** A whole frame. */
export function frame(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(MAX_FRAME_HEADER + payload.length)
  const at = writeFrameHeader(bytes, type, payload.length)
  bytes.set(payload, at)
  return bytes.subarray(0, at + payload.length)
}

const EMPTY = new Uint8Array(0)

/** Nearly all headers are, and are read without a cursor. */
function isShort(bytes: Uint8Array, at: number): boolean {
  return at + 2 < bytes.length && bytes[at]! < 0x40 && bytes[at + 1]! < 0x80
}

/** Bytes of the header that begins at `at`, as far as those before `end` tell; more than there are if it is not whole. */
function headerSize(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return 1
  const type = 1 << (bytes[at]! >> 6)
  return at + type >= end ? type + 1 : type + (1 << (bytes[at + type]! >> 6))
}
