// Credit in both directions, for a stream or the whole connection. RFC 9000 section 4.
import { TransportViolation } from '../errors.ts'

/** How much the peer allows us to send. */
export class SendCredit {
  #limit: number
  used = 0
  /** The limit at which we last said that we are blocked; -1 when never. */
  blockedAt = -1

  constructor(limit: number) {
    this.#limit = limit
  }

  get limit(): number {
    return this.#limit
  }

  get room(): number {
    return this.#limit - this.used
  }

  /** Nothing was used, and nothing is allowed yet. */
  restart(): void {
    this.#limit = 0
    this.used = 0
    this.blockedAt = -1
  }

  /** A limit never shrinks: lower ones are old news. RFC 9000 section 4.1. Returns whether it grew. */
  raise(limit: number): boolean {
    if (limit <= this.#limit) return false
    this.#limit = limit
    return true
  }
}

/** How much we allow the peer to send: what the reader has taken, and a window on top. */
export class ReceiveCredit {
  readonly #window: number
  #limit: number
  #consumed = 0
  #used = 0

  constructor(window: number) {
    this.#window = window
    this.#limit = window
  }

  get limit(): number {
    return this.#limit
  }

  get used(): number {
    return this.#used
  }

  /** Counts bytes that arrived. `what` names the limit in the error. */
  use(count: number, what: string): void {
    this.#used += count
    if (this.#used > this.#limit) {
      throw new TransportViolation('FLOW_CONTROL_ERROR', `${this.#used} bytes arrived where ${what} allows ${this.#limit}`)
    }
  }

  /** Counts bytes that the reader has taken, or that will never be read. */
  consume(count: number): void {
    this.#consumed += count
  }

  /** Whether it is time to give more: half of the window is used up. */
  get wantsRaise(): boolean {
    const more = this.#consumed + this.#window - this.#limit
    return more > 0 && more >= this.#window / 2
  }

  /** Gives what the reader's progress allows and returns the new limit. */
  raise(): number {
    this.#limit = this.#consumed + this.#window
    return this.#limit
  }
}
