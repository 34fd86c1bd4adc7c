// Who wants to be woken next: a binary heap that knows where each of its members stands, so that one real timer serves every connection.

export interface Sleeper {
  /** When to wake it. */
  deadline: number
  /** Its place in the heap; -1 while it is in none. Written by `Deadlines` alone. */
  place: number
}

export class Deadlines<T extends Sleeper> {
  readonly #heap: T[] = []

  /** The one that wakes first. */
  get first(): T | undefined {
    return this.#heap[0]
  }

  /** Sets, changes or (null) removes a deadline. */
  set(sleeper: T, deadline: number | null): void {
    if (deadline === null) this.#remove(sleeper)
    else if (sleeper.place < 0) {
      sleeper.deadline = deadline
      this.#heap.push(sleeper)
      this.#up(this.#heap.length - 1, sleeper)
    } else if (deadline !== sleeper.deadline) {
      const sooner = deadline < sleeper.deadline
      sleeper.deadline = deadline
      if (sooner) this.#up(sleeper.place, sleeper)
      else this.#down(sleeper.place, sleeper)
    }
  }

  #remove(sleeper: T): void {
    const { place } = sleeper
    if (place < 0) return
    sleeper.place = -1
    const last = this.#heap.pop()!
    if (last === sleeper) return
    this.#up(place, last)
    this.#down(last.place, last)
  }

  #up(place: number, sleeper: T): void {
    const heap = this.#heap
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = heap[parent]!
      if (above.deadline <= sleeper.deadline) break
      heap[place] = above
      above.place = place
      place = parent
    }
    heap[place] = sleeper
    sleeper.place = place
  }

  #down(place: number, sleeper: T): void {
    const heap = this.#heap
    while (true) {
      let child = place * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]!.deadline < heap[child]!.deadline) child++
      const below = heap[child]!
      if (below.deadline >= sleeper.deadline) break
      heap[place] = below
      below.place = place
      place = child
    }
    heap[place] = sleeper
    sleeper.place = place
  }
}
