// The most that was in flight of late, which tells whether a congestion window was in use. RFC 9002 section 7.8.
import type { Instant } from '../instant.ts'

/** Of the round trip that is under way and the one before it. */
export class PeakInFlight {
  #now = 0
  #before = 0
  #roundBegan: Instant = Number.NEGATIVE_INFINITY

  get bytes(): number {
    return Math.max(this.#now, this.#before)
  }

  /** So many bytes are in flight. */
  reached(bytes: number): void {
    if (bytes > this.#now) this.#now = bytes
  }

  /** A packet that left at `sentAt` was acknowledged, and `bytes` are left in flight. A round trip is over when one that left in it has arrived. */
  acknowledged(sentAt: Instant, bytes: number, now: Instant): void {
    if (sentAt < this.#roundBegan) return
    this.#before = this.#now
    this.#now = bytes
    this.#roundBegan = now
  }
}
