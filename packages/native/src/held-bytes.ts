// Bytes that C may read for longer than one call: in a slot where they fit one, else in an arena of their own.
import { Arena, addressOf } from './arena.ts'
import { once } from './binding/load.ts'
import { type Slot, SlotPool } from './slots.ts'

/** Transport parameters have some 100 bytes; CRYPTO bytes come by the packet. */
const SIZES = [256, 2048] as const

const pools = once(() => SIZES.map((size) => new SlotPool(size)))

/** The pool whose slots bytes fit, if there is one. */
function poolFor(length: number): SlotPool | null {
  for (const pool of pools()) if (pool.size >= length) return pool
  return null
}

export class HeldBytes {
  /** Where C finds them. */
  readonly address: number
  readonly length: number
  /** Keeps them where they are. */
  readonly #memory: Slot | Arena
  readonly #pool: SlotPool | null

  /** Copies `bytes`. */
  constructor(bytes: Uint8Array) {
    const pool = poolFor(bytes.length)
    this.#pool = pool
    this.length = bytes.length
    if (pool === null) {
      const arena = Arena.from(bytes)
      this.#memory = arena
      this.address = addressOf(arena)
    } else {
      const slot = pool.take()
      slot.arena.bytes.set(bytes, slot.offset)
      this.#memory = slot
      this.address = slot.address
    }
  }

  /** Once: C reads them no more. Throws `NativeError` (`ERR_NATIVE_RELEASED`) for bytes in a slot that were released before. */
  release(): void {
    this.#pool?.give(this.#memory as Slot)
  }
}
