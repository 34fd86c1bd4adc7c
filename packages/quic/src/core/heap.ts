// Those who come in the order of a number, lowest first: a binary heap that knows where each member stands. The first is read at no cost; joining, moving
// and leaving cost the logarithm of how many there are, whatever numbers a peer may have chosen.

export interface Placed {
  /** Where it stands; -1 outside. Written by `Heap` alone. */
  place: number
}

export class Heap<T extends Placed> {
  readonly #members: T[] = []
  /** The number of each, beside and not inside it: comparing touches this alone, whatever the members are. */
  readonly #keys: number[] = []

  /** The one with the lowest number; null where there is none. */
  get first(): T | null {
    return this.#members.length === 0 ? null : this.#members[0]!
  }

  /** Its number; Infinity where there is none. */
  get firstKey(): number {
    // Asked first: what reads behind the end of an array, V8 compiles anew, and with it all that was compiled around it.
    return this.#keys.length === 0 ? Number.POSITIVE_INFINITY : this.#keys[0]!
  }

  /** Joins with this number, or has it from now on. */
  set(member: T, key: number): void {
    const { place } = member
    if (place < 0) {
      const last = this.#members.push(member) - 1
      this.#keys.push(key)
      this.#up(last, member, key)
      return
    }
    const former = this.#keys[place]!
    if (key < former) this.#up(place, member, key)
    else if (key > former) this.#down(place, member, key)
  }

  /** Leaves, if it is here. */
  remove(member: T): void {
    const { place } = member
    if (place < 0) return
    member.place = -1
    const former = this.#keys[place]!
    const last = this.#members.pop()!
    const key = this.#keys.pop()!
    if (last === member) return
    if (key < former) this.#up(place, last, key)
    else this.#down(place, last, key)
  }

  #up(from: number, member: T, key: number): void {
    const keys = this.#keys
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      if (keys[above]! <= key) break
      this.#put(place, this.#members[above]!, keys[above]!)
      place = above
    }
    this.#put(place, member, key)
  }

  #down(from: number, member: T, key: number): void {
    const keys = this.#keys
    let place = from
    for (let below = place * 2 + 1; below < keys.length; below = place * 2 + 1) {
      if (below + 1 < keys.length && keys[below + 1]! < keys[below]!) below++
      if (keys[below]! >= key) break
      this.#put(place, this.#members[below]!, keys[below]!)
      place = below
    }
    this.#put(place, member, key)
  }

  #put(place: number, member: T, key: number): void {
    this.#members[place] = member
    this.#keys[place] = key
    member.place = place
  }
}
