// The narrowest place of a path: it sends one datagram after the other, and holds a few that wait. What comes when it is full is dropped.

export class Bottleneck {
  readonly #maxDatagrams: number
  readonly #maxBytes: number
  /** Those that are held: when the last bit of each has left, and its size. The first `#left` have left. */
  #held: { readonly leavesAt: number; readonly size: number }[] = []
  #left = 0
  #bytes = 0
  #busyUntil = 0

  constructor(maxDatagrams: number, maxBytes: number) {
    this.#maxDatagrams = maxDatagrams
    this.#maxBytes = maxBytes
  }

  /** Datagrams that it holds, the one that it is sending included. */
  held(now: number): number {
    this.#release(now)
    return this.#held.length - this.#left
  }

  /**
   * When the last bit of a datagram has left that comes `now`; null when there is no room for it. With infinite speed nothing is held and nothing
   * dropped. A speed that changes concerns what comes from then on: what waits leaves as it was to.
   */
  pass(size: number, bitsPerSecond: number, now: number): number | null {
    if (bitsPerSecond === Number.POSITIVE_INFINITY) return Math.max(now, this.#busyUntil)
    this.#release(now)
    if (this.#held.length - this.#left >= this.#maxDatagrams || this.#bytes + size > this.#maxBytes) return null
    const leavesAt = Math.max(now, this.#busyUntil) + (size * 8 * 1000) / bitsPerSecond
    this.#busyUntil = leavesAt
    this.#held.push({ leavesAt, size })
    this.#bytes += size
    return leavesAt
  }

  #release(now: number): void {
    const held = this.#held
    while (this.#left < held.length && held[this.#left]!.leavesAt <= now) this.#bytes -= held[this.#left++]!.size
    // Cut off what has left when it is the greater part, so that the cost is constant a datagram.
    if (this.#left * 2 > held.length) {
      this.#held = held.slice(this.#left)
      this.#left = 0
    }
  }
}
