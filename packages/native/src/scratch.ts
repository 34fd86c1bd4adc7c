// Memory for what C reads or writes within one call: one piece a thread, since every call is over before the next begins.
import { Arena, addressOf } from './arena.ts'
import { once } from './binding/load.ts'

/** Most that is asked for in a handshake is shorter; what is longer gets an arena of its own. */
const SCRATCH_LENGTH = 16_384

const shared = once(() => Arena.allocate(SCRATCH_LENGTH))

/** At least `length` bytes for one call, of whatever content. */
export function scratch(length: number): Arena {
  return length <= SCRATCH_LENGTH ? shared() : Arena.allocate(length)
}

/** The address of a copy of `bytes`, good for one call. */
export function lent(bytes: Uint8Array): number {
  const arena = scratch(bytes.length)
  arena.bytes.set(bytes)
  return addressOf(arena)
}
