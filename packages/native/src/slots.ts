// Small pieces of memory that C may see, cut from arenas and used again: an arena of its own costs 2 us and 300 bytes, a slot next to nothing.
import { Arena, addressOf, wipe } from './arena.ts'
import { NativeError } from './error.ts'

/** Slots that are cut from one arena: enough that its own cost does not count, few enough that a small program does not pay for many. */
const SLOTS_PER_ARENA = 64

/** A piece of an arena, for one owner at a time. */
export class Slot {
  readonly arena: Arena
  /** Where in the arena it begins. */
  readonly offset: number
  /** Where C finds it. */
  readonly address: number
  /** Somebody has it. Written by `SlotPool` alone. */
  taken = false

  constructor(arena: Arena, offset: number) {
    this.arena = arena
    this.offset = offset
    this.address = addressOf(arena) + offset
  }
}

/** Slots of one size. They are zeroed when they are given back; the pool keeps as many as were in use at once. */
export class SlotPool {
  readonly #size: number
  readonly #free: Slot[] = []

  /** `size` in bytes. */
  constructor(size: number) {
    this.#size = size
  }

  /** Bytes of each. */
  get size(): number {
    return this.#size
  }

  /** A zeroed slot that nobody else has until it is given back. */
  take(): Slot {
    if (this.#free.length === 0) this.#grow()
    const slot = this.#free.pop()!
    slot.taken = true
    return slot
  }

  /** Zeroes it for the next owner. Throws `NativeError` (`ERR_NATIVE_RELEASED`) for one that was given back before: two would own it next. */
  give(slot: Slot): void {
    if (!slot.taken) throw new NativeError('ERR_NATIVE_RELEASED', 'This memory was released before.')
    slot.taken = false
    wipe(slot.arena.bytes, slot.offset, slot.offset + this.#size)
    this.#free.push(slot)
  }

  #grow(): void {
    const arena = Arena.allocate(this.#size * SLOTS_PER_ARENA)
    for (let index = SLOTS_PER_ARENA - 1; index >= 0; index--) this.#free.push(new Slot(arena, index * this.#size))
  }
}
