// Connections of HTTP/2 and HTTP/3 on which nothing is under way. Node's http has it for HTTP/1.1. RFC 9113 section 9.1, RFC 9114 section 5.1.

/** Counts what is under way on one connection, and ends it once that was nothing for so long. */
export class KeepAlive {
  readonly #millis: () => number
  readonly #end: () => void
  #under = 0
  #timer: NodeJS.Timeout | null = null

  /** 0 milliseconds: without end. */
  constructor(millis: () => number, end: () => void) {
    this.#millis = millis
    this.#end = end
    this.#arm()
  }

  /** Something has begun. */
  began(): void {
    this.#under++
    this.stop()
  }

  /** Something of that has ended. */
  ended(): void {
    this.#under--
    if (this.#under === 0) this.#arm()
  }

  /** The connection is over, or busy. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #arm(): void {
    const millis = this.#millis()
    if (millis > 0) this.#timer = setTimeout(this.#end, millis).unref()
  }
}
