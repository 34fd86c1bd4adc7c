// An event loop by hand: its clock stands still but for its turns.
import type { Turns } from '../../src/endpoint/poll.ts'

export class TurningLoop implements Turns {
  /** Milliseconds. */
  time = 100
  readonly #waiting: (() => void)[] = []

  now(): number {
    return this.time
  }

  next(turn: () => void): void {
    this.#waiting.push(turn)
  }

  /** One turn that takes so many milliseconds; whether there was one, so that the loop did not sleep. */
  turn(millis: number): boolean {
    const turn = this.#waiting.shift()
    if (turn === undefined) return false
    this.time += millis
    turn()
    return true
  }

  /** How many turns follow until there is nothing to do. */
  turns(millis: number): number {
    let count = 0
    while (this.turn(millis)) count++
    return count
  }
}
