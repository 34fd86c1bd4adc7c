// Keeps a client's thread awake while a server that is near answers a flight of its handshake, as `BusyPoll` does for all datagrams of who asks for it. It gives up where the answer
// does not come in time, and where the thread or its processor has something else to do (docs/decisions/015).
import type { Instant } from '../core/instant.ts'
import type { Poll, Polled, Turns } from './poll.ts'

/** Whoever took longer to answer, milliseconds, is not waited for awake; nor is anybody for longer. */
export const NEAR_MILLIS = 1
/** Turns of the event loop that are this far apart, milliseconds, had other work between them, or other programs have the processor. */
export const GAP_MILLIS = 0.25
/** What it has to lose: a wait in vain costs VAIN of it, one that was not gains 1. */
export const MOST_TRUST = 8
export const VAIN = 3
/** Waits that are slept through once all of it is lost. */
export const REST = 128

export class HandshakePoll implements Poll {
  readonly #turns: Turns
  /** When a flight left that has no answer yet; null for none. */
  #askedAt: Instant | null = null
  /** How long the answer before took, milliseconds. */
  #took: number = Number.POSITIVE_INFINITY
  #isTurning = false
  /** When the loop last turned with nothing done in it; null for not since the flight left. */
  #turnedAt: Instant | null = null
  #trust: number = MOST_TRUST
  #toRest = 0
  readonly #turn = (): void => {
    this.#isTurning = this.#isWorthwhile()
    if (this.#isTurning) this.#turns.next(this.#turn)
  }

  constructor(turns: Turns) {
    this.#turns = turns
  }

  sent(by: Polled): void {
    if (!awaitsFlight(by)) return
    this.#askedAt = this.#turns.now()
    this.#turnedAt = null
    if (this.#toRest > 0) this.#toRest--
    else if (this.#took <= NEAR_MILLIS && !this.#isTurning) {
      this.#isTurning = true
      this.#turns.next(this.#turn)
    }
  }

  received(by: Polled, now: Instant): void {
    if (this.#askedAt === null || !awaitsFlight(by)) return
    this.#took = now - this.#askedAt
    this.#askedAt = null
    if (this.#isTurning && this.#trust < MOST_TRUST) this.#trust++
  }

  close(): void {
    this.#askedAt = null
  }

  #isWorthwhile(): boolean {
    if (this.#askedAt === null) return false
    const now = this.#turns.now()
    const isLate = now - this.#askedAt > NEAR_MILLIS
    const isDisturbed = this.#turnedAt !== null && now - this.#turnedAt > GAP_MILLIS
    this.#turnedAt = now
    if (!isLate && !isDisturbed) return true
    this.#trust -= VAIN
    if (this.#trust <= 0) {
      this.#trust = 1
      this.#toRest = REST
    }
    return false
  }
}

function awaitsFlight({ side, handshakeConfirmed }: Polled): boolean {
  return side === 'client' && !handshakeConfirmed
}
