// Credit of a session, of bytes or of streams, in either direction. draft-ietf-webtrans-http3 sections 5.3 and 5.4.

/** What the peer allows us. */
export class TakenCredit {
  #limit: number
  #used = 0
  #blockedAt = -1

  constructor(limit: number) {
    this.#limit = limit
  }

  get room(): number {
    return Math.max(0, this.#limit - this.#used)
  }

  /** False where it does not grow, which a peer may not say. Section 5.6.2. */
  raise(limit: number): boolean {
    if (limit <= this.#limit) return false
    this.#limit = limit
    return true
  }

  /** As much as there is, up to `wanted`. */
  take(wanted: number): number {
    const taken = Math.min(wanted, this.room)
    this.#used += taken
    return taken
  }

  /** It was not used after all. */
  giveBack(count: number): void {
    this.#used -= count
  }

  /** The limit that keeps us from going on, once for each; null when it was said before, or there is room. */
  takeBlocked(): number | null {
    if (this.room > 0 || this.#blockedAt === this.#limit) return null
    this.#blockedAt = this.#limit
    return this.#limit
  }
}

/** What we allow the peer: what has been done with, and a window on top. */
export class GivenCredit {
  readonly #window: number
  #limit: number
  #used = 0
  #done = 0

  constructor(window: number) {
    this.#window = window
    this.#limit = window
  }

  get limit(): number {
    return this.#limit
  }

  get used(): number {
    return this.#used
  }

  /** The peer has used so much more. False where that is more than it may. */
  use(count: number): boolean {
    this.#used += count
    return this.#used <= this.#limit
  }

  /** So much more has been done with: read or dropped, or closed. */
  finish(count: number): void {
    this.#done += count
  }

  /** A new limit, once half of the window is done with; null while it is not. */
  takeRaise(): number | null {
    const limit = this.#done + this.#window
    if (limit === this.#limit || limit - this.#limit < this.#window / 2) return null
    this.#limit = limit
    return limit
  }
}
