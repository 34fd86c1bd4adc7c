// Disjoint half-open ranges of integers, in order. Made for packet numbers and stream offsets, where nearly every change is at one end.
// The number of ranges is for the owner to bound: see `count`.

/** The edges of all sets to which nothing was added yet. */
const NEVER_USED: readonly number[] = []

/** A set of integers, kept as disjoint half-open ranges in order. Made for packet numbers and stream offsets. */
export class RangeSet {
  /** start, end, start, end, ... strictly ascending. */
  #edges: number[] = NEVER_USED as number[]

  /** How many separate ranges there are. */
  get count(): number {
    return this.#edges.length / 2
  }

  /** Whether nothing is in it. */
  get isEmpty(): boolean {
    return this.#edges.length === 0
  }

  /** Lowest number held, or undefined when empty. */
  get first(): number | undefined {
    return this.#edges[0]
  }

  /** One past the highest number held, or undefined when empty. */
  get end(): number | undefined {
    return this.#edges[this.#edges.length - 1]
  }

  /** The first number of the i-th range. */
  start(index: number): number {
    return this.#edges[index * 2]!
  }

  /** The number after the last of the i-th range. */
  stop(index: number): number {
    return this.#edges[index * 2 + 1]!
  }

  /** Adds [start, end) and returns how many of its numbers were not there before. */
  add(start: number, end: number): number {
    if (start >= end) return 0
    const edges = this.#edges
    // An array that grows has room for 17 at once: most sets never hold more than one range.
    if (edges === NEVER_USED) {
      this.#edges = [start, end]
      return end - start
    }
    const length = edges.length
    if (length === 0 || start > edges[length - 1]!) {
      edges.push(start, end)
      return end - start
    }
    if (start === edges[length - 1]!) {
      edges[length - 1] = end
      return end - start
    }
    const from = this.#search(start)
    let to = from
    let held = 0
    let low = start
    let high = end
    while (to < length && edges[to]! <= end) {
      const a = edges[to]!
      const b = edges[to + 1]!
      held += Math.max(0, Math.min(b, end) - Math.max(a, start))
      if (a < low) low = a
      if (b > high) high = b
      to += 2
    }
    if (to === from) edges.splice(from, 0, low, high)
    else {
      edges[from] = low
      edges[from + 1] = high
      if (to - from > 2) edges.splice(from + 2, to - from - 2)
    }
    return end - start - held
  }

  /** Takes [start, end) out. */
  remove(start: number, end: number): void {
    if (start >= end) return
    const edges = this.#edges
    let at = this.#search(start)
    while (at < edges.length && edges[at]! < end) {
      const a = edges[at]!
      const b = edges[at + 1]!
      if (b <= start) at += 2
      else if (a < start && b > end) {
        edges.splice(at + 1, 0, start, end)
        return
      } else if (a < start) {
        edges[at + 1] = start
        at += 2
      } else if (b > end) {
        edges[at] = end
        return
      } else if (at + 2 === edges.length) {
        // As at most the last range, or the only one, goes: without an array of what was taken out.
        edges.pop()
        edges.pop()
      } else edges.splice(at, 2)
    }
  }

  /** Whether the number is in the set. */
  has(value: number): boolean {
    const at = this.#search(value + 1)
    return at < this.#edges.length && this.#edges[at]! <= value && value < this.#edges[at + 1]!
  }

  /** Whether all of [start, end) is held. */
  covers(start: number, end: number): boolean {
    if (start >= end) return true
    const at = this.#search(start + 1)
    return at < this.#edges.length && this.#edges[at]! <= start && end <= this.#edges[at + 1]!
  }

  /** Empties the set. */
  clear(): void {
    if (this.#edges !== NEVER_USED) this.#edges.length = 0
  }

  /** Index of the first range whose end is at or past `value`. */
  #search(value: number): number {
    let low = 0
    let high = this.#edges.length / 2
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#edges[middle * 2 + 1]! < value) low = middle + 1
      else high = middle
    }
    return low * 2
  }
}
