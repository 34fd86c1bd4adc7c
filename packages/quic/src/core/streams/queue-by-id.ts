// Those who come one after the other, lower ids first: a binary heap that knows where each member stands. The first is read at no cost, so that
// a packet costs the same however many wait; joining and leaving cost their logarithm.

export interface Numbered {
  readonly id: number
  /** Where it stands; -1 outside. Written by `QueueById` alone. */
  place: number
}

export class QueueById<T extends Numbered> {
  readonly #heap: T[] = []

  get first(): T | null {
    return this.#heap[0] ?? null
  }

  add(member: T): void {
    this.#heap.push(member)
    this.#up(this.#heap.length - 1, member)
  }

  remove(member: T): void {
    const { place } = member
    member.place = -1
    const last = this.#heap.pop()!
    if (last === member) return
    this.#up(place, last)
    this.#down(last.place, last)
  }

  #up(from: number, member: T): void {
    const heap = this.#heap
    let place = from
    while (place > 0) {
      const above = heap[(place - 1) >> 1]!
      if (above.id <= member.id) break
      heap[place] = above
      above.place = place
      place = (place - 1) >> 1
    }
    heap[place] = member
    member.place = place
  }

  #down(from: number, member: T): void {
    const heap = this.#heap
    let place = from
    for (let child = place * 2 + 1; child < heap.length; child = place * 2 + 1) {
      if (child + 1 < heap.length && heap[child + 1]!.id < heap[child]!.id) child++
      const below = heap[child]!
      if (below.id >= member.id) break
      heap[place] = below
      below.place = place
      place = child
    }
    heap[place] = member
    member.place = place
  }
}
