// How often something may be done: so many times a second, and so many at once after a quiet while.
export interface Rate {
  /** Times a second; 0 is never. */
  readonly perSecond: number
  /** Times at once; 1 at least. */
  readonly burst: number
}

export class TokenBucket {
  readonly #perMillisecond: number
  readonly #burst: number
  #level: number
  #at = 0

  constructor({ perSecond, burst }: Rate) {
    this.#perMillisecond = perSecond / 1000
    this.#burst = perSecond === 0 ? 0 : burst
    this.#level = this.#burst
  }

  /** Whether it may be done now, in milliseconds of any clock that does not go back; counts as done if so. */
  take(now: number): boolean {
    this.#level = Math.min(this.#burst, this.#level + Math.max(0, now - this.#at) * this.#perMillisecond)
    this.#at = now
    if (this.#level < 1) return false
    this.#level--
    return true
  }
}
