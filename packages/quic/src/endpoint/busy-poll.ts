// Keeps the thread awake for a while after the last datagram: to sleep, and to be woken by the next one, takes the kernel and the machine 20 to 40 us, which is more
// than a small message takes us. As SO_BUSY_POLL has the kernel do, but in Node's own loop: each turn asks for what has come, and timers and other sockets have theirs.
import type { Instant } from '../core/instant.ts'
import type { Poll, Turns } from './poll.ts'

export class BusyPoll implements Poll {
  readonly #millis: number
  readonly #turns: Turns
  #until: Instant = 0
  #isTurning = false
  readonly #turn = (): void => {
    if (this.#turns.now() < this.#until) this.#turns.next(this.#turn)
    else this.#isTurning = false
  }

  constructor(millis: number, turns: Turns) {
    this.#millis = millis
    this.#turns = turns
  }

  sent(): void {
    this.#extend(this.#turns.now())
  }

  received(_by: unknown, now: Instant): void {
    this.#extend(now)
  }

  close(): void {
    this.#until = 0
  }

  /** Datagrams came or went: others may follow. */
  #extend(now: Instant): void {
    this.#until = now + this.#millis
    if (this.#isTurning) return
    this.#isTurning = true
    this.#turns.next(this.#turn)
  }
}
