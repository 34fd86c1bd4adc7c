// A payload that arrives in pieces and is needed whole. Grows with what arrives, so that announcing much costs us nothing.

/** What the first piece gets at least. */
const SMALLEST = 256

export class Gathering {
  #bytes: Uint8Array = EMPTY
  #length = 0

  /** Bytes gathered. */
  get length(): number {
    return this.#length
  }

  add(source: Uint8Array, from: number, to: number): void {
    const length = this.#length + to - from
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length, SMALLEST))
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#bytes.set(source.subarray(from, to), this.#length)
    this.#length = length
  }

  /** All of it; the next begins anew. */
  take(): Uint8Array {
    const whole = this.#bytes.subarray(0, this.#length)
    this.#bytes = EMPTY
    this.#length = 0
    return whole
  }
}

const EMPTY = new Uint8Array(0)
