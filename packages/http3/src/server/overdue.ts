// Requests that take too long to arrive: senders of a byte now and then, who would hold streams and memory for ever. Node's http has it for HTTP/1.1.
import { performance } from 'node:perf_hooks'
import { ChurnMap } from '@millrace/bytes'
import { LATE_CHECK_INTERVAL } from './limits.ts'

/** Watches requests by one timer. */
export class Overdue<T extends object> {
  readonly #limit: () => number
  readonly #ontimeout: (item: T) => void
  /** When each began, the oldest first. */
  readonly #began = new ChurnMap<T, number>()
  #timer: NodeJS.Timeout | null = null

  /** `limit`: milliseconds, as they are now; 0: no limit. */
  constructor(limit: () => number, ontimeout: (item: T) => void) {
    this.#limit = limit
    this.#ontimeout = ontimeout
  }

  /** It has begun. */
  add(item: T, now: number = performance.now()): void {
    const limit = this.#limit()
    if (limit === 0) return
    this.#began.set(item, now)
    this.#timer ??= setInterval(() => this.check(performance.now()), Math.min(LATE_CHECK_INTERVAL, limit)).unref()
  }

  /** It is there, or over. */
  delete(item: T): void {
    this.#began.delete(item)
  }

  /** Tells of those that are late, each once. */
  check(now: number): void {
    const limit = this.#limit() || Number.POSITIVE_INFINITY
    for (const [item, began] of this.#began) {
      if (now - began < limit) break
      this.#began.delete(item)
      this.#ontimeout(item)
    }
    if (this.#began.size > 0) return
    clearInterval(this.#timer ?? undefined)
    this.#timer = null
  }
}
