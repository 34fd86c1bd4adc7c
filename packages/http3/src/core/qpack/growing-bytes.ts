// Bytes written one after the other, and taken all at once.

const FIRST_ROOM = 256
/** What is kept for the next time; more was for one large section. */
const MAX_KEPT = 4096

/** Bytes that are written one after the other into memory that grows, and taken all at once. */
export class GrowingBytes {
  #bytes = new Uint8Array(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  u8(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = value
  }

  bytes(source: Uint8Array): void {
    this.room(source.length).set(source, this.#length)
    this.#length += source.length
  }

  /** Memory with room for so many bytes more from `length` on; what was written there is then `advance`d over. */
  room(count: number): Uint8Array {
    if (this.#bytes.length - this.#length < count) this.#grow(count)
    return this.#bytes
  }

  /** Says up to where there are bytes now; also takes back what was written last. */
  advance(to: number): void {
    this.#length = to
  }

  /** A copy of what was written from `start` on, and an empty beginning. */
  take(start = 0): Uint8Array {
    const taken = this.#bytes.slice(start, this.#length)
    this.#length = 0
    if (this.#bytes.length > MAX_KEPT) this.#bytes = new Uint8Array(0)
    return taken
  }

  #grow(count: number): void {
    const grown = new Uint8Array(Math.max(FIRST_ROOM, this.#bytes.length * 2, this.#length + count))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}
