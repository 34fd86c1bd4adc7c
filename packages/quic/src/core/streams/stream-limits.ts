// How many streams each side may open. RFC 9000 section 4.6.
import { TransportViolation } from '../errors.ts'

/** Streams of one direction that we may open. */
export class OpeningLimit {
  #limit = 0
  opened = 0
  /** The limit at which we last said that we are blocked; -1 when never. */
  blockedAt = -1

  get limit(): number {
    return this.#limit
  }

  get room(): number {
    return this.#limit - this.opened
  }

  /** No limit is known any more; streams stay opened. */
  restart(): void {
    this.#limit = 0
    this.blockedAt = -1
  }

  raise(limit: number): boolean {
    if (limit <= this.#limit) return false
    this.#limit = limit
    return true
  }
}

/** Streams of one direction that the peer may open: a window that moves as they end. */
export class AcceptingLimit {
  readonly #window: number
  #limit: number
  opened = 0
  #ended = 0

  constructor(window: number) {
    this.#window = window
    this.#limit = window
  }

  get limit(): number {
    return this.#limit
  }

  check(place: number, id: number): void {
    if (place >= this.#limit) {
      throw new TransportViolation('STREAM_LIMIT_ERROR', `stream ${id} is number ${place + 1} of its kind; ${this.#limit} are allowed`)
    }
  }

  streamEnded(): void {
    this.#ended++
  }

  /** Whether it is time to allow more: a quarter of the window has ended. */
  get wantsRaise(): boolean {
    const next = this.#ended + this.#window
    return next > this.#limit && (next - this.#limit) * 4 >= this.#window
  }

  raise(): number {
    this.#limit = this.#ended + this.#window
    return this.#limit
  }
}
