// Whether sending faster still delivers more. When it has not for three round trips, the pipe is full. draft-ietf-ccwg-bbr section 5.3.1.2.

export class FullPipe {
  /** The last process came to an end: the pipe is full now. */
  isFull = false
  /** A process has ever come to an end. */
  wasFull = false
  readonly #growth: number
  readonly #rounds: number
  #best = 0
  #count = 0

  /** Delivery that grows less than `growth` times in each of so many rounds is a plateau. */
  constructor(growth: number, rounds: number) {
    this.#growth = growth
    this.#rounds = rounds
  }

  /** Looks for the next plateau, above the delivery rate of now. */
  restart(rate = 0): void {
    this.isFull = false
    this.#best = rate
    this.#count = 0
  }

  /** A round has ended that the application did not limit, and delivered at this rate. */
  roundEnded(rate: number): void {
    if (this.isFull) return
    if (rate >= this.#best * this.#growth) {
      this.restart(rate)
      return
    }
    this.#count++
    if (this.#count < this.#rounds) return
    this.isFull = true
    this.wasFull = true
  }
}
