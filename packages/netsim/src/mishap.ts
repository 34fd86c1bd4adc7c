// Something that befalls a share of the datagrams, but no more than so many in a row; each on its own, or in bursts.
import type { Random } from './random.ts'

export class Mishap {
  readonly #first: number
  readonly #next: number
  readonly #longest: number
  readonly #random: Random
  #inRow = 0

  /** `meanRun`: how many in a row on average, by the two states of Gilbert and Elliott; 0 if each is on its own. The share is `rate` in either case. */
  constructor(rate: number, longest: number, random: Random, meanRun = 0) {
    this.#first = meanRun === 0 ? rate : rate / (1 - rate) / meanRun
    this.#next = meanRun === 0 ? rate : 1 - 1 / meanRun
    this.#longest = longest
    this.#random = random
  }

  /** Whether it befalls the next datagram. */
  strikes(): boolean {
    const struck = this.#random.chance(this.#inRow === 0 ? this.#first : this.#next) && this.#inRow < this.#longest
    this.#inRow = struck ? this.#inRow + 1 : 0
    return struck
  }
}
