// What arrives and waits for a reader, as a stream of objects: bounded, so that a reader who does not come costs no more than that.

/** A stream of what arrives, first in first out. */
export class IncomingQueue<T, R = T> {
  readonly readable: ReadableStream<R>
  /** How many wait at most. */
  limit: number
  readonly #waiting: T[] = []
  #controller!: ReadableStreamDefaultController<R>
  #wanted: (() => void) | null = null
  #ended = false
  readonly #made: (item: T) => R | null

  /** `made` makes what a reader gets of what has waited; null passes it over. */
  constructor(limit: number, made: (item: T) => R | null) {
    this.limit = limit
    this.#made = made
    this.readable = new ReadableStream<R>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.#pull(),
        cancel: () => {
          this.#ended = true
          this.#waiting.length = 0
        },
      },
      { highWaterMark: 0 },
    )
  }

  /** How many wait. */
  get length(): number {
    return this.#waiting.length
  }

  /** False: there is no room, or nobody will read. */
  push(item: T): boolean {
    if (this.#ended || this.#waiting.length >= this.limit) return false
    this.#waiting.push(item)
    this.#wanted?.()
    return true
  }

  /** The oldest gives way. */
  shift(): T | undefined {
    return this.#waiting.shift()
  }

  /** Nothing more will come: readers find the end, or the error. */
  end(error: Error | null): void {
    if (this.#ended) return
    this.#ended = true
    this.#waiting.length = 0
    if (error === null) this.#controller.close()
    else this.#controller.error(error)
    this.#wanted?.()
  }

  async #pull(): Promise<void> {
    while (!this.#ended) {
      const item = this.#waiting.shift()
      if (item !== undefined) {
        const made = this.#made(item)
        if (made === null) continue
        this.#controller.enqueue(made)
        return
      }
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wanted = resolve
      await promise
      this.#wanted = null
    }
  }
}
