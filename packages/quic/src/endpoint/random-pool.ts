// Random bytes in small helpings: the kernel's generator by way of OpenSSL takes 4 us to ask, however few are wanted, and a connection wants a dozen times.
import { randomFillSync } from 'node:crypto'

/** Bytes that are fetched at once. */
const POOL_LENGTH = 4096

export class RandomPool {
  readonly #bytes = new Uint8Array(POOL_LENGTH)
  #used = POOL_LENGTH

  /** `length` unpredictable bytes of the caller's own, which the pool does not keep. */
  take(length: number): Uint8Array {
    if (length > POOL_LENGTH) return randomFillSync(new Uint8Array(length))
    if (this.#used + length > POOL_LENGTH) {
      randomFillSync(this.#bytes)
      this.#used = 0
    }
    const start = this.#used
    this.#used += length
    const taken = this.#bytes.slice(start, this.#used)
    // By a loop: V8 has no short way into its own fill.
    for (let at = start; at < this.#used; at++) this.#bytes[at] = 0
    return taken
  }
}
