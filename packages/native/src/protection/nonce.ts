// The nonce of a packet: the IV, its last eight bytes XORed with the packet number. RFC 9001 section 5.3.
import { Arena, addressOf } from '../arena.ts'
import { IV_LENGTH } from './key-schedule.ts'

/** One per key. Lies in an arena, so that its address is known once and for all. */
export class Nonce {
  readonly #memory = Arena.allocate(16)
  readonly #view = this.#memory.view
  readonly #high: number
  readonly #low: number
  /** Where C reads it. */
  readonly address: number = addressOf(this.#memory)

  constructor(iv: Uint8Array) {
    this.#memory.bytes.set(iv)
    this.#high = this.#view.getUint32(IV_LENGTH - 8)
    this.#low = this.#view.getUint32(IV_LENGTH - 4)
  }

  /** Makes it the nonce of a packet, whose number is an integer below 2^53. */
  set(packetNumber: number): void {
    const low = packetNumber >>> 0
    this.#view.setUint32(IV_LENGTH - 8, this.#high ^ ((packetNumber - low) / 0x100000000))
    this.#view.setUint32(IV_LENGTH - 4, this.#low ^ low)
  }
}
