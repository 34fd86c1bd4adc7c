// Finds the connection that a datagram belongs to, by its destination connection id. RFC 9000 section 5.2.
// Ids of ours are all of one length. Those of 8 bytes, the default, are looked up by number without making an object; others as strings, unless the last
// one comes again. Ids that a client chose for its first packets may be anything, and are looked up as strings, which V8 hashes with a secret seed.
import { Buffer } from 'node:buffer'
import { ChurnMap, ChurnSet } from '@millrace/bytes'
import { textOf } from '../core/wire/connection-id.ts'
import { MAX_RESERVED_IDS } from './limits.ts'
import type { Member } from './member.ts'

/** Bytes of the ids that are looked up by number. */
const NUMERIC_LENGTH = 8

const TWO_32 = 0x1_0000_0000
/** Bits of the first word that fit a number beside the second. */
const HIGH_MASK = 0x1f_ffff

export class Routes {
  readonly #length: number
  readonly #ours = new ChurnMap<number | string, Member>()
  readonly #theirs = new ChurnMap<string, Member>()
  /** Given out, and not in use yet; the oldest first. */
  readonly #reserved = new ChurnSet<number | string>()
  #lastHigh = 0
  #lastLow = 0
  readonly #lastId: Buffer
  #last: Member | null = null

  /** `length`: bytes of our ids. */
  constructor(length: number = NUMERIC_LENGTH) {
    this.#length = length
    this.#lastId = Buffer.alloc(length)
  }

  /** The connection that uses the bytes at `offset` as an id of ours. */
  find(bytes: Buffer, offset: number): Member | undefined {
    return this.#length === NUMERIC_LENGTH ? this.#findByNumber(bytes, offset) : this.#findByName(bytes, offset)
  }

  /** The connection whose client chose this id for its first packets. */
  findOriginal(id: Uint8Array): Member | undefined {
    return this.#theirs.size === 0 ? undefined : this.#theirs.get(originalKey(id))
  }

  /** Whether an id of ours would not be told apart from another. */
  clashes(id: Uint8Array): boolean {
    const key = this.#keyOf(id)
    return this.#ours.has(key) || this.#reserved.has(key)
  }

  /** Whether none of a connection's ids is another's here. */
  canTake(member: Member): boolean {
    return member.connection.localIds.all().every((id) => !this.clashes(id) || this.#ours.get(this.#keyOf(id)) === member)
  }

  /** Keeps an id of ours for who is about to use it; false if it clashes. */
  reserve(id: Uint8Array): boolean {
    const key = this.#keyOf(id)
    if (this.#ours.has(key) || this.#reserved.has(key)) return false
    this.#reserved.add(key)
    if (this.#reserved.size > MAX_RESERVED_IDS) this.#reserved.delete(this.#reserved.values().next().value!)
    return true
  }

  add(id: Uint8Array, member: Member): void {
    const key = this.#keyOf(id)
    this.#reserved.delete(key)
    this.#ours.set(key, member)
  }

  addAll(member: Member): void {
    for (const id of member.connection.localIds.all()) this.add(id, member)
  }

  removeAll(member: Member): void {
    for (const id of member.connection.localIds.all()) this.remove(id)
  }

  remove(id: Uint8Array): void {
    this.#ours.delete(this.#keyOf(id))
    this.#last = null
  }

  addOriginal(key: string, member: Member): void {
    this.#theirs.set(key, member)
  }

  removeOriginal(key: string): void {
    this.#theirs.delete(key)
  }

  #findByNumber(bytes: Buffer, offset: number): Member | undefined {
    const high = wordAt(bytes, offset)
    const low = wordAt(bytes, offset + 4)
    if (this.#last !== null && low === this.#lastLow && high === this.#lastHigh) return this.#last
    const member = this.#ours.get(numberOf(high, low))
    // Eleven of the 64 bits are not in the key.
    if (member === undefined || !member.hasLocalId(bytes, offset)) return undefined
    this.#last = member
    this.#lastHigh = high
    this.#lastLow = low
    return member
  }

  #findByName(bytes: Buffer, offset: number): Member | undefined {
    const end = offset + this.#length
    if (this.#last !== null && bytes.compare(this.#lastId, 0, this.#length, offset, end) === 0) return this.#last
    const member = this.#ours.get(this.#keyOf(bytes.subarray(offset, end)))
    if (member === undefined) return undefined
    this.#last = member
    bytes.copy(this.#lastId, 0, offset, end)
    return member
  }

  #keyOf(id: Uint8Array): number | string {
    if (this.#length !== NUMERIC_LENGTH) return originalKey(id)
    return numberOf(wordAt(id, 0), wordAt(id, 4))
  }
}

/** By its bytes: for another view V8 would have to move a small array out of its heap, and Buffer's own methods are long. */
function wordAt(id: Uint8Array, offset: number): number {
  return ((id[offset]! << 24) | (id[offset + 1]! << 16) | (id[offset + 2]! << 8) | id[offset + 3]!) >>> 0
}

function numberOf(high: number, low: number): number {
  return (high & HIGH_MASK) * TWO_32 + low
}

/**
 * An id as the key of a Map. It never looks like a number: the hash of digits alone is their value on a V8 without the fix of
 * CVE-2026-21717, and so can be chosen.
 */
export function originalKey(id: Uint8Array): string {
  return `#${textOf(id)}`
}
