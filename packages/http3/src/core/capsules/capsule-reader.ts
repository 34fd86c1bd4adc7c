// Takes a data stream apart into capsules, however the bytes are cut. RFC 9297 section 3.2 and 3.3.
import { Http3Error } from '../wire/http3-error.ts'

/** Who reads capsules. */
export interface CapsuleHost {
  /** Bytes of the largest payload that a capsule of this type may have; undefined where the type has no meaning here, and is skipped. */
  largest(type: number): number | undefined
  /** A capsule has arrived; its payload is only lent. */
  capsule(type: number, payload: Uint8Array): void
}

/** Type and length, each of 8 bytes at most. */
const MAX_HEADER = 16

/** Reads capsules. Those of unknown types are skipped as they come, whatever length they claim: no byte of them is kept. */
export class CapsuleReader {
  readonly #host: CapsuleHost
  readonly #header = new Uint8Array(MAX_HEADER)
  #headerLength = 0
  #type = 0
  /** Bytes of the payload that have not come; -1 while the header has not. */
  #left = -1
  /** What has come of a payload that is not whole; null for one that is skipped. */
  #payload: Uint8Array | null = null
  #held = 0

  constructor(host: CapsuleHost) {
    this.#host = host
  }

  /** The next bytes. Throws `Http3Error` H3_MESSAGE_ERROR, for the stream, where a capsule is larger than its type allows. */
  push(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) at = this.#left < 0 ? this.#readHeader(chunk, at) : this.#readPayload(chunk, at)
  }

  /** The data stream ended. Throws `Http3Error` H3_MESSAGE_ERROR where that is in the middle of a capsule. RFC 9297 section 3.3. */
  finish(): void {
    if (this.#left >= 0 || this.#headerLength > 0) throw new Http3Error('H3_MESSAGE_ERROR', 'a capsule is cut short', 'stream')
  }

  #readHeader(chunk: Uint8Array, from: number): number {
    let at = from
    while (at < chunk.length) {
      this.#header[this.#headerLength++] = chunk[at++]!
      const typeSize = 1 << (this.#header[0]! >> 6)
      if (this.#headerLength <= typeSize) continue
      if (this.#headerLength < typeSize + (1 << (this.#header[typeSize]! >> 6))) continue
      this.#begin(varintAt(this.#header, 0), varintAt(this.#header, typeSize))
      break
    }
    return at
  }

  #begin(type: number, length: number): void {
    const largest = this.#host.largest(type)
    if (largest !== undefined && length > largest) {
      throw new Http3Error('H3_MESSAGE_ERROR', `a capsule 0x${type.toString(16)} of ${length} bytes, at most ${largest}`, 'stream')
    }
    this.#headerLength = 0
    this.#type = type
    this.#left = length
    this.#held = 0
    this.#payload = largest === undefined ? null : new Uint8Array(length)
    if (length === 0) this.#end()
  }

  #readPayload(chunk: Uint8Array, from: number): number {
    const count = Math.min(this.#left, chunk.length - from)
    if (this.#payload !== null) {
      this.#payload.set(chunk.subarray(from, from + count), this.#held)
      this.#held += count
    }
    this.#left -= count
    if (this.#left === 0) this.#end()
    return from + count
  }

  #end(): void {
    const payload = this.#payload
    this.#left = -1
    this.#payload = null
    if (payload !== null) this.#host.capsule(this.#type, payload)
  }
}

/** Above 2^53 not exact: no type that has a meaning, and longer than any stream. */
function varintAt(bytes: Uint8Array, at: number): number {
  const size = 1 << (bytes[at]! >> 6)
  let value = bytes[at]! & 0x3f
  for (let index = 1; index < size; index++) value = value * 0x100 + bytes[at + index]!
  return value
}
