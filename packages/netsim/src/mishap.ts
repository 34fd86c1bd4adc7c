// Something that befalls a share of the datagrams, but no more than so many in a row.
import type { Random } from './random.ts'

export class Mishap {
  readonly #rate: number
  readonly #longest: number
  readonly #random: Random
  #inRow = 0

  constructor(rate: number, longest: number, random: Random) {
    this.#rate = rate
    this.#longest = longest
    this.#random = random
  }

  /** Whether it befalls the next datagram. */
  strikes(): boolean {
    const struck = this.#random.chance(this.#rate) && this.#inRow < this.#longest
    this.#inRow = struck ? this.#inRow + 1 : 0
    return struck
  }
}
