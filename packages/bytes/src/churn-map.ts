// A map and a set for what comes and goes all the time, while some of it is always there: streams, requests, connections.
//
// V8 keeps the entries of a Map in a table, and makes another one once those that were deleted fill it. The former table, with all entries that it had, points to
// the new one, for the sake of iterators. Once one of them is promoted to the old generation, each table since is reachable from there, and through it all that was
// ever in the map while it was renewed: half of what passes through lives on until the old generation is collected, and is copied twice on its way there
// (measured with 100 at a time: half of what passed through survived, of ours next to nothing). Hence the map itself is another one, now and then.

/** A new map after so many deletions, and so many for each entry: rarely enough that copying costs little, often enough that few tables hang together. */
const DELETED = 64
const DELETED_PER_ENTRY = 4

/** What those have in common that have nothing in them: most of a connection's, while it is idle. Nothing is ever put into these. */
const NO_ENTRIES: Map<never, never> = new Map<never, never>()
const NO_MEMBERS: Set<never> = new Set<never>()

/** As Map. While somebody walks through it and something is added, he may go on through what was there before. */
export class ChurnMap<K, V> {
  #map: Map<K, V> = NO_ENTRIES
  #deleted = 0

  /** How many entries there are. */
  get size(): number {
    return this.#map.size
  }

  /** What is there under a key. */
  get(key: K): V | undefined {
    return this.#map.get(key)
  }

  /** Whether something is there under a key. */
  has(key: K): boolean {
    return this.#map.has(key)
  }

  /** Puts a value under a key, in place of the one that was there. */
  set(key: K, value: V): this {
    if (this.#map === NO_ENTRIES) this.#map = new Map()
    else if (this.#deleted > DELETED + DELETED_PER_ENTRY * this.#map.size) this.#renew()
    this.#map.set(key, value)
    return this
  }

  /** Takes out what is there under a key; false if nothing was. */
  delete(key: K): boolean {
    if (!this.#map.delete(key)) return false
    this.#deleted++
    return true
  }

  /** Takes all out. */
  clear(): void {
    this.#map = NO_ENTRIES
    this.#deleted = 0
  }

  /** In the order in which they were put in, as are values and entries. */
  keys(): MapIterator<K> {
    return this.#map.keys()
  }

  /** All values. */
  values(): MapIterator<V> {
    return this.#map.values()
  }

  /** All entries. */
  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.#map.entries()
  }

  #renew(): void {
    this.#map = new Map(this.#map)
    this.#deleted = 0
  }
}

/** As Set. While somebody walks through it and something is added, he may go on through what was there before. */
export class ChurnSet<T> {
  #set: Set<T> = NO_MEMBERS
  #deleted = 0

  /** How many members there are. */
  get size(): number {
    return this.#set.size
  }

  /** Whether it is a member. */
  has(member: T): boolean {
    return this.#set.has(member)
  }

  /** Makes it a member, if it is none. */
  add(member: T): this {
    if (this.#set === NO_MEMBERS) this.#set = new Set()
    else if (this.#deleted > DELETED + DELETED_PER_ENTRY * this.#set.size) this.#renew()
    this.#set.add(member)
    return this
  }

  /** Takes a member out; false if it was none. */
  delete(member: T): boolean {
    if (!this.#set.delete(member)) return false
    this.#deleted++
    return true
  }

  /** Takes all out. */
  clear(): void {
    this.#set = NO_MEMBERS
    this.#deleted = 0
  }

  /** All members, in the order in which they came. */
  values(): SetIterator<T> {
    return this.#set.values()
  }

  /** As `values()`. */
  [Symbol.iterator](): SetIterator<T> {
    return this.#set.values()
  }

  #renew(): void {
    this.#set = new Set(this.#set)
    this.#deleted = 0
  }
}
