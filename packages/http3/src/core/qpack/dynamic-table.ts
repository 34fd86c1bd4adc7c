// The dynamic table, as both sides hold it. RFC 9204 section 3.2.

/** What an entry takes beside its name and value. RFC 9204 section 3.2.1. */
export const ENTRY_OVERHEAD = 32

/** A field line in the dynamic table. */
export interface Entry {
  readonly name: string
  readonly value: string
  /** Fixed for the entry's lifetime; the first ever inserted is 0. */
  readonly absolute: number
  /** Times that field sections which the peer has not acknowledged refer to it. The encoder alone counts. */
  references: number
}

/** Bytes that a field line counts as. */
export function entrySize(name: string, value: string): number {
  return name.length + value.length + ENTRY_OVERHEAD
}

/** Field lines in the order of their insertion; the oldest leave when a new one needs the room. */
export class DynamicTable {
  /** A ring: the entry with absolute index i is at i modulo the length, which is a power of two. */
  #ring: (Entry | undefined)[] = []
  #insertCount = 0
  #dropped = 0
  #size = 0
  #capacity = 0
  readonly #evicted: ((entry: Entry) => void) | null

  constructor(evicted: ((entry: Entry) => void) | null = null) {
    this.#evicted = evicted
  }

  /** How many entries were ever inserted: the absolute index of the next. */
  get insertCount(): number {
    return this.#insertCount
  }

  /** Absolute index of the oldest entry that is still there. */
  get dropped(): number {
    return this.#dropped
  }

  /** Bytes that the entries count as. */
  get size(): number {
    return this.#size
  }

  get capacity(): number {
    return this.#capacity
  }

  /** The entry of that absolute index; undefined if it left, or never came. */
  entry(absolute: number): Entry | undefined {
    if (!(absolute >= this.#dropped && absolute < this.#insertCount)) return undefined
    return this.#ring[absolute & (this.#ring.length - 1)]
  }

  /** Changes the capacity; entries leave until the others fit. */
  setCapacity(capacity: number): void {
    this.#capacity = capacity
    this.#makeRoom(0)
  }

  /** Inserts a field line, which is no larger than the capacity: oldest entries leave for it. */
  insert(name: string, value: string): Entry {
    const size = entrySize(name, value)
    this.#makeRoom(size)
    if (this.#insertCount - this.#dropped === this.#ring.length) this.#grow()
    const entry = { name, value, absolute: this.#insertCount++, references: 0 }
    this.#ring[entry.absolute & (this.#ring.length - 1)] = entry
    this.#size += size
    return entry
  }

  #makeRoom(size: number): void {
    while (this.#size > this.#capacity - size && this.#dropped < this.#insertCount) {
      const place = this.#dropped++ & (this.#ring.length - 1)
      const entry = this.#ring[place]!
      this.#ring[place] = undefined
      this.#size -= entrySize(entry.name, entry.value)
      this.#evicted?.(entry)
    }
  }

  #grow(): void {
    const grown = new Array<Entry | undefined>(Math.max(8, this.#ring.length * 2))
    for (let at = this.#dropped; at < this.#insertCount; at++) grown[at & (grown.length - 1)] = this.#ring[at & (this.#ring.length - 1)]
    this.#ring = grown
  }
}
