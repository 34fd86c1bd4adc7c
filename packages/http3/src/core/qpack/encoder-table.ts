// The dynamic table as the encoder uses it: found by name and value, and never evicting what the decoder may still need. RFC 9204 section 2.1.1.
import { DynamicTable, type Entry, entrySize } from './dynamic-table.ts'

interface NameEntries {
  /** Newest entry of the name. */
  newest: Entry
  /** Newest entry of each value. */
  readonly values: Map<string, Entry>
}

/** The encoder's dynamic table. */
export class EncoderTable {
  readonly #table: DynamicTable
  readonly #drainingShare: number
  readonly #names = new Map<string, NameEntries>()
  /** Smallest absolute index that is still referred to, and what the entries below it come to. */
  #drainingIndex = 0
  #drainingSize = 0
  /** The Known Received Count. RFC 9204 section 2.1.4. */
  known = 0

  /** One part in `drainingShare` of the capacity is kept for insertions: entries that stand in it are draining. RFC 9204 section 2.1.1.1. */
  constructor(drainingShare: number) {
    this.#drainingShare = drainingShare
    this.#table = new DynamicTable((entry) => this.#forget(entry))
  }

  get insertCount(): number {
    return this.#table.insertCount
  }

  get capacity(): number {
    return this.#table.capacity
  }

  /** To be called before the first insertion. */
  setCapacity(capacity: number): void {
    this.#table.setCapacity(capacity)
  }

  /** The newest entry with this name and value. */
  find(name: string, value: string): Entry | undefined {
    return this.#names.get(name)?.values.get(value)
  }

  /** The newest entry with this name. */
  findName(name: string): Entry | undefined {
    return this.#names.get(name)?.newest
  }

  /** Whether the entry has not been evicted. */
  holds(entry: Entry): boolean {
    return entry.absolute >= this.#table.dropped
  }

  /** Whether the entry is close to eviction, so that to refer to it would be in the way of insertions. */
  isDraining(entry: Entry): boolean {
    return entry.absolute < this.#drainingIndex
  }

  /** Whether there is room for such a line, or can be made by evicting what is acknowledged and not referred to. */
  hasRoomFor(name: string, value: string): boolean {
    let missing = this.#table.size + entrySize(name, value) - this.#table.capacity
    for (let absolute = this.#table.dropped; missing > 0; absolute++) {
      const entry = this.#table.entry(absolute)
      if (entry === undefined || entry.references > 0 || absolute >= this.known) return false
      missing -= entrySize(entry.name, entry.value)
    }
    return true
  }

  /** Inserts a line for which there is room. */
  insert(name: string, value: string): Entry {
    const entry = this.#table.insert(name, value)
    const known = this.#names.get(name)
    if (known === undefined) this.#names.set(name, { newest: entry, values: new Map([[value, entry]]) })
    else {
      known.newest = entry
      known.values.set(value, entry)
    }
    this.#drain()
    return entry
  }

  #forget(entry: Entry): void {
    if (entry.absolute < this.#drainingIndex) this.#drainingSize -= entrySize(entry.name, entry.value)
    else this.#drainingIndex = entry.absolute + 1
    const { newest, values } = this.#names.get(entry.name)!
    if (newest === entry) this.#names.delete(entry.name)
    else if (values.get(entry.value) === entry) values.delete(entry.value)
  }

  #drain(): void {
    const { capacity, size } = this.#table
    const wanted = capacity / this.#drainingShare - (capacity - size)
    while (this.#drainingSize < wanted) {
      const { name, value } = this.#table.entry(this.#drainingIndex++)!
      this.#drainingSize += entrySize(name, value)
    }
  }
}
