// How many bytes more than expected are acknowledged at once, as radio links and delayed acknowledgements do: so much more has to be in flight
// to keep sending until the next one. draft-ietf-ccwg-bbr section 5.5.9.
import type { Instant } from '../instant.ts'
import { WindowedMax } from './windowed-max.ts'

export class AckAggregation {
  readonly #extra = new WindowedMax(1)
  #startedAt: Instant = 0
  #delivered = 0

  /** Bytes. */
  get extra(): number {
    return this.#extra.value
  }

  restart(now: Instant): void {
    this.#startedAt = now
    this.#delivered = 0
  }

  /** `bytes` are newly acknowledged where `bandwidth` (bytes per millisecond) was expected. Not more than `limit` counts. */
  update(bytes: number, bandwidth: number, limit: number, round: number, rounds: number, now: Instant): void {
    let expected = bandwidth * (now - this.#startedAt)
    if (this.#delivered <= expected) {
      this.restart(now)
      expected = 0
    }
    this.#delivered += bytes
    this.#extra.length = rounds
    this.#extra.update(Math.min(this.#delivered - expected, limit), round)
  }
}
