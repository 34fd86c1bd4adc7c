// Collects a packet whose bytes come in several chunks. The room grows with what has come, not with what a length announces: six bytes from a peer
// never cost 16 MiB.

const FIRST_ROOM = 4096

export class Gather {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  #size = 0
  #target = 0

  /** Begins a packet of `length` bytes in all. */
  begin(length: number): void {
    this.#target = length
    this.#size = 0
    this.#bytes = new Uint8Array(Math.min(length, FIRST_ROOM))
  }

  /** How many bytes are missing. */
  get missing(): number {
    return this.#target - this.#size
  }

  /** Adds the bytes of `source` from `start` to `end`: no more than are missing. */
  add(source: Uint8Array, start: number, end: number): void {
    const size = this.#size + (end - start)
    if (size > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(this.#target, Math.max(size, this.#bytes.length * 2)))
      grown.set(this.#bytes.subarray(0, this.#size))
      this.#bytes = grown
    }
    this.#bytes.set(source.subarray(start, end), this.#size)
    this.#size = size
  }

  /** Hands the packet out, which is the receiver's from now on. */
  take(): Uint8Array {
    const bytes = this.#bytes
    this.#bytes = new Uint8Array(0)
    this.#size = 0
    this.#target = 0
    return bytes
  }
}
