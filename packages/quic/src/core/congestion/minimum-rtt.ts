// The least round trip of late, and when it is time to empty the queue to see it afresh. draft-ietf-ccwg-bbr section 5.3.4.3.
import type { Instant } from '../instant.ts'

export class MinimumRtt {
  /** Milliseconds; Infinity before the first sample. */
  value: number = Number.POSITIVE_INFINITY
  /** The sample of late has grown old, and none came that is less. */
  probeDue = false
  #valueAt: Instant = 0
  #recent: number = Number.POSITIVE_INFINITY
  #recentAt: Instant = Number.NEGATIVE_INFINITY

  /** `sample` is Infinity if there is none. `probeInterval` and `window` are milliseconds, the first not longer than the second. */
  update(sample: number, now: Instant, probeInterval: number, window: number): void {
    if (sample === Number.POSITIVE_INFINITY) {
      this.probeDue = this.#recent !== Number.POSITIVE_INFINITY && now > this.#recentAt + probeInterval
      return
    }
    this.probeDue = this.#recent !== Number.POSITIVE_INFINITY && now > this.#recentAt + probeInterval
    if (sample < this.#recent || this.probeDue) {
      this.#recent = sample
      this.#recentAt = now
    }
    if (this.#recent < this.value || now > this.#valueAt + window) {
      this.value = this.#recent
      this.#valueAt = this.#recentAt
    }
  }

  /** The queue was emptied, as far as lies with us: the next time is an interval from now. */
  probed(now: Instant): void {
    this.probeDue = false
    this.#recentAt = now
  }
}
