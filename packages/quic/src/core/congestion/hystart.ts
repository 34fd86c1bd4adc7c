// Ends slow start before it overshoots: when round trips grow longer, growth slows down, and if that lasts, stops. HyStart++, RFC 9406.
import type { Instant } from '../instant.ts'
import type { AckBatch } from './controller.ts'

/** The constants of RFC 9406 section 4.3; times in milliseconds. */
const MIN_RTT_THRESHOLD = 4
const MAX_RTT_THRESHOLD = 16
const MIN_RTT_DIVISOR = 8
const RTT_SAMPLES = 8
const CONSERVATIVE_GROWTH_DIVISOR = 4
const CONSERVATIVE_ROUNDS = 5

export class HyStart {
  /** A round ends when a packet is acknowledged that left after this moment. */
  #roundStartedAt: Instant = Number.NEGATIVE_INFINITY
  #lastRoundMinimum: number = Number.POSITIVE_INFINITY
  #roundMinimum: number = Number.POSITIVE_INFINITY
  #samples = 0
  /** The least round trip before conservative slow start began; Infinity in ordinary slow start. */
  #baseline: number = Number.POSITIVE_INFINITY
  #conservativeRounds = 0

  /** Takes an ACK frame in slow start. Returns by how many bytes the window may grow; `finished` tells afterwards whether slow start is over. */
  growth(batch: Readonly<AckBatch>): number {
    if (batch.newestSentAt > this.#roundStartedAt) this.#beginRound(batch.now)
    if (batch.rttSample !== Number.POSITIVE_INFINITY) {
      this.#roundMinimum = Math.min(this.#roundMinimum, batch.rttSample)
      this.#samples++
    }
    if (this.#baseline === Number.POSITIVE_INFINITY) this.#slowDownIfDelayed()
    // The delay was a flicker: back to ordinary slow start.
    else if (this.#samples >= RTT_SAMPLES && this.#roundMinimum < this.#baseline) this.#baseline = Number.POSITIVE_INFINITY
    return this.#baseline === Number.POSITIVE_INFINITY ? batch.bytes : batch.bytes / CONSERVATIVE_GROWTH_DIVISOR
  }

  /** Conservative slow start has lasted long enough: the threshold is the present window. */
  get finished(): boolean {
    return this.#conservativeRounds >= CONSERVATIVE_ROUNDS
  }

  reset(): void {
    this.#roundStartedAt = Number.NEGATIVE_INFINITY
    this.#lastRoundMinimum = Number.POSITIVE_INFINITY
    this.#roundMinimum = Number.POSITIVE_INFINITY
    this.#samples = 0
    this.#baseline = Number.POSITIVE_INFINITY
    this.#conservativeRounds = 0
  }

  #beginRound(now: Instant): void {
    if (this.#baseline !== Number.POSITIVE_INFINITY) this.#conservativeRounds++
    this.#roundStartedAt = now
    this.#lastRoundMinimum = this.#roundMinimum
    this.#roundMinimum = Number.POSITIVE_INFINITY
    this.#samples = 0
  }

  #slowDownIfDelayed(): void {
    if (this.#samples < RTT_SAMPLES || this.#lastRoundMinimum === Number.POSITIVE_INFINITY) return
    const threshold = Math.max(MIN_RTT_THRESHOLD, Math.min(this.#lastRoundMinimum / MIN_RTT_DIVISOR, MAX_RTT_THRESHOLD))
    if (this.#roundMinimum < this.#lastRoundMinimum + threshold) return
    this.#baseline = this.#roundMinimum
    this.#conservativeRounds = 0
  }
}
