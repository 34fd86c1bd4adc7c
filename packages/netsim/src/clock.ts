// Time that passes only when it is told to. Events run in the order of their times, and those of one time in the order in which they were scheduled.

/** An event that has not run yet. */
export interface Scheduled {
  /** Takes the event back; nothing happens when it has run. */
  cancel(): void
}

interface Event extends Scheduled {
  readonly at: number
  readonly order: number
  run: (() => void) | null
}

/** Time that passes only when it is told to. Milliseconds; events of one time run in the order in which they were scheduled. */
export class VirtualClock {
  /** A binary heap: the earliest first. */
  readonly #heap: Event[] = []
  #now: number
  #scheduled = 0

  /** `start` is the first time, in milliseconds. Default 0. */
  constructor(start = 0) {
    this.#now = start
  }

  /** Milliseconds, with fractions. */
  get now(): number {
    return this.#now
  }

  /** When the next event is due; null when there is none. */
  get next(): number | null {
    this.#dropCancelled()
    return this.#heap[0]?.at ?? null
  }

  /** Runs `run` at the time `at`; at once, but not before this call returns, when that has passed. */
  schedule(at: number, run: () => void): Scheduled {
    const event: Event = {
      at: Math.max(at, this.#now),
      order: this.#scheduled++,
      run,
      cancel() {
        event.run = null
      },
    }
    this.#push(event)
    return event
  }

  /** Runs everything that is due up to `until`, that included, and what comes to be due meanwhile; then it is `until`. */
  run(until: number): void {
    for (let due = this.next; due !== null && due <= until; due = this.next) {
      const event = this.#pop()
      this.#now = event.at
      event.run?.()
    }
    if (until > this.#now) this.#now = until
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && this.#heap[0]!.run === null) this.#pop()
  }

  #push(event: Event): void {
    const heap = this.#heap
    let at = heap.push(event) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isEarlier(event, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = event
  }

  #pop(): Event {
    const heap = this.#heap
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isEarlier(heap[child + 1]!, heap[child]!)) child++
      if (!isEarlier(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}

function isEarlier(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
