// What becomes known once, for those who ask. The promise is made when somebody does: of most streams nobody asks for every one.

export class Outcome<T> {
  #state: 'open' | 'resolved' | 'rejected' = 'open'
  #value: T | undefined
  #error: unknown
  #asked: PromiseWithResolvers<T> | null = null

  /** Its rejection is no unhandled one: errors are told in other ways as well. */
  get promise(): Promise<T> {
    if (this.#asked === null) {
      this.#asked = Promise.withResolvers()
      this.#asked.promise.catch(() => {})
      if (this.#state === 'resolved') this.#asked.resolve(this.#value as T)
      if (this.#state === 'rejected') this.#asked.reject(this.#error)
    }
    return this.#asked.promise
  }

  /** Only the first of `resolve` and `reject` counts. */
  resolve(value: T): void {
    if (this.#state !== 'open') return
    this.#state = 'resolved'
    this.#value = value
    this.#asked?.resolve(value)
  }

  reject(error: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'rejected'
    this.#error = error
    this.#asked?.reject(error)
  }
}
