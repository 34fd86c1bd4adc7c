// When what was written meanwhile goes out: once, after all promises of this turn of the event loop have had theirs, so that it goes in the same packets.

export class EndOfTurn {
  readonly #call: () => void
  #isAsked = false
  readonly #tick = (): void => {
    this.#isAsked = false
    this.#call()
  }
  /** A tick that a promise asks for comes after all promises. */
  readonly #asksForTick = (): void => process.nextTick(this.#tick)

  constructor(call: () => void) {
    this.#call = call
  }

  ask(): void {
    if (this.#isAsked) return
    this.#isAsked = true
    PROMISE.then(this.#asksForTick)
  }
}

const PROMISE = Promise.resolve()
