// Packets declared lost of late, in case they arrive after all: a spurious loss says that the path reorders more than was thought.
// RFC 9002 section 6.1.1, RFC 9438 section 4.9.
import type { AckRanges } from '../wire/ack.ts'
import { MAX_LOST_PACKETS } from './limits.ts'

export class LostPackets {
  /** A ring of packet numbers, rising; -1 where one was found to have arrived. */
  #numbers: Float64Array | null = null
  #first = 0
  #next = 0
  /** The greatest distance at which a packet of the last frame trailed the largest acknowledged one. */
  reordering = 0
  /** Losses of the present congestion event that are not disproved; the event was none when this comes back to zero. */
  undisputed = 0

  add(number: number): void {
    this.#numbers ??= new Float64Array(MAX_LOST_PACKETS)
    if (this.#next - this.#first === MAX_LOST_PACKETS) this.#first++
    this.#numbers[this.#next++ % MAX_LOST_PACKETS] = number
    this.undisputed++
  }

  /** The last `losses` of them began a congestion event: what was lost before is another matter. */
  beginEvent(losses: number): void {
    this.#first = Math.max(this.#first, this.#next - losses)
    this.undisputed = losses
  }

  clear(): void {
    this.#first = this.#next
    this.undisputed = 0
  }

  /** How many packets thought lost an ACK frame acknowledges. `largest` is what was the largest acknowledged one before. */
  acknowledged(ack: AckRanges, largest: number): number {
    const numbers = this.#numbers
    if (numbers === null || this.#first === this.#next) return 0
    this.reordering = 0
    let found = 0
    // Both are walked downwards once: a frame costs what is remembered and what it states.
    let range = 0
    for (let at = this.#next - 1; at >= this.#first; at--) {
      const number = numbers[at % MAX_LOST_PACKETS]!
      if (number < 0) continue
      while (range < ack.count && ack.smallest[range]! > number) range++
      if (range === ack.count) break
      if (number > ack.largest[range]!) continue
      numbers[at % MAX_LOST_PACKETS] = -1
      this.reordering = Math.max(this.reordering, largest - number)
      found++
    }
    this.undisputed = Math.max(0, this.undisputed - found)
    return found
  }
}
