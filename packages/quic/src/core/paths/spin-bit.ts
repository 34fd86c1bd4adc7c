// The bit by which observers on the way may measure the round trip of a path. RFC 9000 section 17.4.
import type { Side } from '../streams/stream-id.ts'

/** One path in so many shows nothing, so that those which want to hide are not alone: the RFC asks for one in 16 at least. */
const HIDDEN_ONE_IN = 16

export class SpinBit {
  /** What packets that leave now show. */
  value: boolean
  readonly #isClient: boolean
  readonly #hidden: boolean
  #largest = -1

  /** `chance` is a random byte; a path that hides shows a random bit, always the same. */
  constructor(side: Side, enabled: boolean, chance: number) {
    this.#isClient = side === 'client'
    this.#hidden = !enabled || chance % HIDDEN_ONE_IN === 0
    this.value = this.#hidden && (chance & 0x80) !== 0
  }

  /** A packet arrived: the server shows what the client showed last, the client its opposite. */
  received(number: number, spin: boolean): void {
    if (this.#hidden || number <= this.#largest) return
    this.#largest = number
    this.value = this.#isClient ? !spin : spin
  }
}
