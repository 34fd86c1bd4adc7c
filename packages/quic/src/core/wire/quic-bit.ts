// Clears the bit that all packets have, now and then, for peers that do not need it: so that nobody on the way comes to rely on it. RFC 9287.
import { FIXED_BIT } from './packet-type.ts'

export class QuicBit {
  #state: number

  /** `random` is any 32 bits. A generator that small is enough for a bit that anyone on the way may see. */
  constructor(random: number) {
    this.#state = random | 1
  }

  /** Makes the bit of a packet, whose first byte is at `start`, unpredictable. Before it is sealed, since the header is authenticated. */
  grease(bytes: Uint8Array, start: number): void {
    let next = this.#state
    next ^= next << 13
    next ^= next >>> 17
    next ^= next << 5
    this.#state = next
    if (next < 0) bytes[start]! &= ~FIXED_BIT
  }
}
