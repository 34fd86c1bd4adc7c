// Cuts an endless stream into whole packets, however its bytes are cut into chunks.
import { Y3Error } from '../error.ts'
import { MAX_PACKET_BYTES } from '../limits.ts'
import { Gather } from './gather.ts'
import { HeaderProgress } from './header-progress.ts'

/** What a reader takes from a stranger. */
export interface StreamLimits {
  /** Longest packet that is handed out, tag and length included. Default 16 MiB. */
  readonly maxBytes?: number
}

/**
 * Feed it chunks; it hands out each packet whole, as a view of the chunk when it lies whole in one, else as a copy: keep a packet longer than its
 * chunk only as a copy. What is thrown while it is fed, by the stream's bytes or by `onPacket`, ends it.
 */
export class PacketReader {
  readonly #onPacket: (packet: Uint8Array) => void
  readonly #maxBytes: number
  readonly #header = new HeaderProgress()
  readonly #gather = new Gather()
  /** Bytes of earlier chunks. */
  #passed = 0
  #isBroken = false

  constructor(onPacket: (packet: Uint8Array) => void, limits: StreamLimits = {}) {
    this.#onPacket = onPacket
    this.#maxBytes = limits.maxBytes ?? MAX_PACKET_BYTES
  }

  /** Takes the next bytes of the stream. Throws NEGATIVE_LENGTH, VARINT_TOO_LONG, TOO_LARGE, and BROKEN when fed after a throw. */
  feed(chunk: Uint8Array): void {
    if (this.#isBroken) throw new Y3Error('BROKEN', 'the stream had a fault before these bytes', this.#passed)
    this.#isBroken = true
    let at = 0
    while (at < chunk.length) at = this.#gather.missing > 0 ? this.#resume(chunk, at) : this.#begin(chunk, at)
    this.#passed += chunk.length
    this.#isBroken = false
  }

  /** To be called where the stream ends. Throws TRUNCATED within a packet. */
  end(): void {
    if (this.#gather.missing > 0 || this.#header.size > 0) throw new Y3Error('TRUNCATED', 'the stream ends within a packet', this.#passed)
  }

  /** Reads a header, then hands the packet out or begins to gather it. */
  #begin(chunk: Uint8Array, start: number): number {
    const header = this.#header
    let at = start
    while (!header.take(chunk[at]!, this.#passed + at)) if (++at === chunk.length) return at
    at++
    const { size, length } = header
    if (size + length > this.#maxBytes) {
      throw new Y3Error('TOO_LARGE', `a packet takes ${size + length} bytes, the limit is ${this.#maxBytes}`, this.#passed + at)
    }
    header.reset()
    if (at - start === size && length <= chunk.length - at) {
      this.#onPacket(chunk.subarray(start, at + length))
      return at + length
    }
    this.#gather.begin(size + length)
    this.#gather.add(header.bytes, 0, size)
    return this.#resume(chunk, at)
  }

  #resume(chunk: Uint8Array, at: number): number {
    const gather = this.#gather
    const end = Math.min(chunk.length, at + gather.missing)
    gather.add(chunk, at, end)
    if (gather.missing === 0) this.#onPacket(gather.take())
    return end
  }
}
