// Finds the connection that a datagram belongs to, by its destination connection id. RFC 9000 section 5.2.
// Ids that we chose all have 8 random bytes, and are looked up by number without making an object; ids that a client chose for its first packets may
// be anything, and are looked up as strings, which V8 hashes with a secret seed as long as they do not look like numbers: see `originalKey`.
import type { Member } from './member.ts'

const TWO_32 = 0x1_0000_0000
/** Bits of the first word that fit a number beside the second. */
const HIGH_MASK = 0x1f_ffff

export class Routes {
  readonly #ours = new Map<number, Member>()
  readonly #theirs = new Map<string, Member>()
  #lastHigh = 0
  #lastLow = 0
  #last: Member | null = null

  /** The connection that uses the 8 bytes at `offset` as an id of ours. */
  find(bytes: Buffer, offset: number): Member | undefined {
    const high = bytes.readUInt32BE(offset)
    const low = bytes.readUInt32BE(offset + 4)
    if (this.#last !== null && low === this.#lastLow && high === this.#lastHigh) return this.#last
    const member = this.#ours.get(keyOf(high, low))
    // Eleven of the 64 bits are not in the key.
    if (member === undefined || !member.hasLocalId(bytes, offset)) return undefined
    this.#last = member
    this.#lastHigh = high
    this.#lastLow = low
    return member
  }

  /** The connection whose client chose this id for its first packets. */
  findOriginal(id: Uint8Array): Member | undefined {
    return this.#theirs.get(originalKey(id))
  }

  /** Whether an id of ours would not be told apart from another. */
  clashes(id: Uint8Array): boolean {
    return this.#ours.has(keyOfBytes(id))
  }

  add(id: Uint8Array, member: Member): void {
    this.#ours.set(keyOfBytes(id), member)
  }

  remove(id: Uint8Array): void {
    this.#ours.delete(keyOfBytes(id))
    this.#last = null
  }

  addOriginal(id: Uint8Array, member: Member): void {
    this.#theirs.set(originalKey(id), member)
  }

  removeOriginal(id: Uint8Array): void {
    this.#theirs.delete(originalKey(id))
  }
}

function keyOf(high: number, low: number): number {
  return (high & HIGH_MASK) * TWO_32 + low
}

function keyOfBytes(id: Uint8Array): number {
  const bytes = Buffer.from(id.buffer, id.byteOffset, id.length)
  return keyOf(bytes.readUInt32BE(0), bytes.readUInt32BE(4))
}

/**
 * An id that a client chose, as the key of a Map. It never looks like a number: the hash of digits alone is their value on a V8 without the fix of
 * CVE-2026-21717, and so can be chosen.
 */
export function originalKey(id: Uint8Array): string {
  return `#${Buffer.from(id.buffer, id.byteOffset, id.length).toString('latin1')}`
}
