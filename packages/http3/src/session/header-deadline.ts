// Requests whose header section does not come to an end are given up, so that nobody can hold streams open at the price of a byte (slowloris). RFC 9114 section 10.5.

import { performance } from 'node:perf_hooks'
import { ChurnMap } from '@millrace/bytes'
/** What can be given up. */
export interface Unfinished {
  destroy(code: 'H3_REQUEST_REJECTED'): void
}

export class HeaderDeadline {
  readonly #millis: number
  /** Oldest first, with the time when each is due: what began later ends later. */
  readonly #waiting = new ChurnMap<Unfinished, number>()
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(millis: number) {
    this.#millis = millis
  }

  begins(stream: Unfinished): void {
    this.#waiting.set(stream, performance.now() + this.#millis)
    this.#timer ??= setTimeout(() => this.#due(), this.#millis).unref()
  }

  /** The header section is there, or the stream has ended. */
  met(stream: Unfinished): void {
    this.#waiting.delete(stream)
  }

  end(): void {
    this.#waiting.clear()
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #due(): void {
    this.#timer = null
    const now = performance.now()
    for (const [stream, at] of this.#waiting) {
      if (at > now) {
        this.#timer = setTimeout(() => this.#due(), at - now).unref()
        return
      }
      this.#waiting.delete(stream)
      stream.destroy('H3_REQUEST_REJECTED')
    }
  }
}
