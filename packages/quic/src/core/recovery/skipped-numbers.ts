// Packet numbers left out on purpose: who acknowledges one acknowledges what it cannot have seen, to make us send faster than the path carries.
// RFC 9000 section 21.4, CVE-2025-4820.
import { TransportViolation } from '../errors.ts'
import { ACK_TYPE, type AckRanges } from '../wire/ack.ts'

/**
 * Packets between two numbers left out, at least on average. More is a window's worth: then whoever acknowledges a window ahead meets one within a round
 * trip or two, and an honest peer's ACK frame has a range more, of two bytes.
 */
const LEAST_INTERVAL = 256

/** Numbers that are remembered: as many as there are in the windows of the last few round trips, and few enough to look at with every ACK frame. */
const REMEMBERED = 8

/** Of a connection with few packets. */
const NONE: number[] = []

const TWO_32 = 0x1_0000_0000

export class SkippedNumbers {
  readonly #random: (() => number) | null
  /** Rising, from `#place` on; none before the first. */
  #recent: number[] = NONE
  #place = 0
  #nextAt = Number.POSITIVE_INFINITY

  /** `random` gives any 32 bits; with null no number is ever left out. */
  constructor(random: (() => number) | null) {
    this.#random = random
    this.#draw(0, 0)
  }

  /** Whether the number that the next packet would have is to be left out. */
  isDue(number: number): boolean {
    return number >= this.#nextAt
  }

  /** How many packets, that of `number` included, have numbers before the next that is left out; at least one. */
  inARow(number: number): number {
    return Math.max(1, this.#nextAt - number)
  }

  /** `number` was left out, while the congestion window held so many packets. */
  left(number: number, window: number): void {
    if (this.#recent === NONE) this.#recent = new Array<number>(REMEMBERED).fill(-1)
    this.#recent[this.#place] = number
    this.#place = (this.#place + 1) % REMEMBERED
    this.#draw(number, window)
  }

  /** A number that the peer says to have and that was left out; -1 if it tells the truth. */
  claimed(ack: AckRanges): number {
    for (const number of this.#recent) {
      if (number < 0) continue
      for (let index = 0; index < ack.count && number <= ack.largest[index]!; index++) {
        if (number >= ack.smallest[index]!) return number
      }
    }
    return -1
  }

  /** Half to one and a half of the interval, so that nobody can tell which numbers to leave out of a lie. */
  #draw(number: number, window: number): void {
    if (this.#random === null) return
    const interval = Math.max(LEAST_INTERVAL, window)
    this.#nextAt = number + Math.ceil(interval * (0.5 + this.#random() / TWO_32))
  }
}

/** The peer lies, or is broken. RFC 9000 section 13.1. */
export function neverSent(number: number): TransportViolation {
  return new TransportViolation('PROTOCOL_VIOLATION', `packet ${number} was acknowledged but never sent`, ACK_TYPE)
}
