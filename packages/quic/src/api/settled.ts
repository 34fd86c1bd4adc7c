// A promise with its handles, whose rejection nobody needs to observe: errors here are also told by other ways. It is made when it is first asked for: of most
// things nobody awaits the end, and a promise with its handles is half a kilobyte.

export interface Settled<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

export function settled<T>(): Settled<T> {
  return new Outcome<T>()
}

class Outcome<T> implements Settled<T> {
  #state: 'open' | 'resolved' | 'rejected' = 'open'
  /** What it was settled with before anybody asked. */
  #settledWith: unknown
  #promise: Promise<T> | null = null
  /** While somebody waits. */
  #handles: PromiseWithResolvers<T> | null = null

  get promise(): Promise<T> {
    this.#promise ??= this.#asPromise()
    return this.#promise
  }

  resolve(value: T): void {
    if (this.#settle('resolved', value)) this.#handles?.resolve(value)
    this.#handles = null
  }

  reject(error: unknown): void {
    if (this.#settle('rejected', error)) this.#handles?.reject(error)
    this.#handles = null
  }

  /** Only the first time counts. */
  #settle(state: 'resolved' | 'rejected', outcome: unknown): boolean {
    if (this.#state !== 'open') return false
    this.#state = state
    if (this.#promise === null) this.#settledWith = outcome
    return true
  }

  #asPromise(): Promise<T> {
    if (this.#state === 'resolved') return Promise.resolve(this.#settledWith as T)
    const handles = Promise.withResolvers<T>()
    handles.promise.catch(() => {})
    if (this.#state === 'rejected') handles.reject(this.#settledWith)
    else this.#handles = handles
    return handles.promise
  }
}
