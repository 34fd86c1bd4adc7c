// Counts what a stream delivers, from the end of the warm-up to the last byte.

export class Meter {
  #warmUpMillis: number
  #countFrom = 0
  #bytes = 0
  #last = 0

  constructor(warmUpMillis: number) {
    this.#warmUpMillis = warmUpMillis
  }

  /** Bytes that arrived just now. */
  count(bytes: number): void {
    const now = performance.now()
    if (this.#countFrom === 0) this.#countFrom = now + this.#warmUpMillis
    if (now < this.#countFrom) return
    this.#bytes += bytes
    this.#last = now
  }

  /** The line that the benchmark reads. */
  report(cipher: string): string {
    return `received ${this.#bytes} bytes in ${((this.#last - this.#countFrom) / 1000).toFixed(6)} s with ${cipher}`
  }
}
