// Credit in both directions, for a stream or the whole connection. RFC 9000 section 4.
import { TransportViolation } from '../errors.ts'
import type { Instant } from '../instant.ts'
import { MAX_USED_UP_WINDOW } from '../limits.ts'

/** How much the peer allows us to send. */
export class SendCredit {
  #limit: number
  used = 0
  /** Bytes that were sent again, which need no credit. */
  resent = 0
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

/** Half a window used up within so many round trips: it is the window that holds the sender back. */
const HELD_BACK_ROUND_TRIPS = 2
/** A reader for whom no more than this part of a window waits is not what holds the sender back: it has what came, but for the last datagrams. */
const KEPT_UP = 1 / 4

/**
 * How much we allow the peer to send: what the reader has taken, and a window on top. A window that the path could fill again before the peer hears of more is
 * doubled, and so is one that the peer says it has used up while the reader kept up, as where both sides take longer for their turns than the path does: small ones
 * keep queues short where the path is, large ones cost memory only where they serve.
 */
export class ReceiveCredit {
  readonly #largestWindow: number
  #window: number
  #limit: number
  #consumed = 0
  #used = 0
  #raisedAt = Number.NEGATIVE_INFINITY
  /** The peer has said since that it needs more. */
  #usedUp = false

  /** Both in bytes. By default the window stays as it is. */
  constructor(window: number, largestWindow: number = window) {
    this.#window = window
    this.#largestWindow = Math.max(window, largestWindow)
    this.#limit = window
  }

  get window(): number {
    return this.#window
  }

  get limit(): number {
    return this.#limit
  }

  get used(): number {
    return this.#used
  }

  /** Counts bytes that arrived. `stream` names the limit in the error: null is the connection's. */
  use(count: number, stream: number | null): void {
    this.#used += count
    if (this.#used > this.#limit) {
      throw new TransportViolation(
        'FLOW_CONTROL_ERROR',
        `${this.#used} bytes arrived where ${stream === null ? 'the connection' : `stream ${stream}`} allows ${this.#limit}`,
      )
    }
  }

  /** Counts bytes that the reader has taken, or that will never be read. */
  consume(count: number): void {
    this.#consumed += count
  }

  /** The peer says that it needs more than it has: STREAM_DATA_BLOCKED. RFC 9000 section 19.13. */
  usedUp(): void {
    this.#usedUp = true
  }

  /** Whether it is time to give more: half of the window is used up. */
  get wantsRaise(): boolean {
    const more = this.#consumed + this.#window - this.#limit
    return more > 0 && more >= this.#window / 2
  }

  /** Gives what the reader's progress allows and returns the new limit. `roundTrip`, in milliseconds, is the shortest that was seen; 0 for none yet. */
  raise(now: Instant, roundTrip: number): number {
    // A limit that is said again, since it was lost, tells nothing about the sender.
    if (this.wantsRaise) {
      const isHeldBack = now - this.#raisedAt < HELD_BACK_ROUND_TRIPS * roundTrip
      const hasKeptUp = this.#used - this.#consumed <= this.#window * KEPT_UP
      const isWanting = this.#usedUp && hasKeptUp && 2 * this.#window <= MAX_USED_UP_WINDOW
      if (isHeldBack || isWanting) this.#window = Math.min(2 * this.#window, this.#largestWindow)
      this.#raisedAt = now
      this.#usedUp = false
    }
    this.#limit = this.#consumed + this.#window
    return this.#limit
  }
}
