// How long nothing may happen. One alarm for many events, since an alarm for each costs more than the event.
import type { Clock } from './clock.ts'

/** Calls `onidle` once nothing was touched for so long. 0 milliseconds are without end. */
export class IdleTimer {
  readonly #clock: Clock
  readonly #millis: number
  readonly #onidle: () => void
  #touched: number
  #callOff = (): void => {}

  constructor(clock: Clock, millis: number, onidle: () => void) {
    this.#clock = clock
    this.#millis = millis
    this.#onidle = onidle
    this.#touched = clock.now()
    if (millis > 0) this.#arm(millis)
  }

  /** Something happened. */
  touch(): void {
    this.#touched = this.#clock.now()
  }

  /** Nothing is to be expected until it is touched again. */
  hold(): void {
    this.#touched = Number.POSITIVE_INFINITY
  }

  /** Nothing needs to happen any more. */
  stop(): void {
    this.#callOff()
  }

  #arm(millis: number): void {
    this.#callOff = this.#clock.after(millis, () => {
      const left = this.#touched + this.#millis - this.#clock.now()
      if (left > 0) this.#arm(Math.min(left, this.#millis))
      else this.#onidle()
    })
  }
}
