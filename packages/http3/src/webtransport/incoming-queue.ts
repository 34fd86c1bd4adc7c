// What arrives and waits for a reader, as a stream of objects: bounded, so that a reader who does not come costs no more than that.

/** Of either kind of stream. */
type Controller<R> = ReadableStreamDefaultController<R> | ReadableByteStreamController

/** The constructor of both kinds of streams, which the library's types keep apart. */
const StreamOf: new <R>(
  source: { readonly type?: 'bytes'; start(controller: Controller<R>): void; pull(): Promise<void>; cancel(): void },
  strategy: { readonly highWaterMark: number },
) => ReadableStream<R> = ReadableStream

/** A stream of what arrives, first in first out. */
export class IncomingQueue<T, R = T> {
  readonly readable: ReadableStream<R>
  /** How many wait at most. */
  limit: number
  readonly #waiting: T[] = []
  #controller!: Controller<R>
  #wanted: (() => void) | null = null
  #ended = false
  readonly #made: (item: T) => R | null

  /** `made` makes what a reader gets of what has waited; null passes it over. `type`: `bytes` for a stream of bytes, where those are chunks of them. */
  constructor(limit: number, made: (item: T) => R | null, type?: 'bytes') {
    this.limit = limit
    this.#made = made
    const source = {
      start: (controller: Controller<R>) => {
        this.#controller = controller
      },
      pull: () => this.#pull(),
      cancel: () => {
        this.#ended = true
        this.#waiting.length = 0
      },
    }
    this.readable = new StreamOf<R>(type === undefined ? source : { ...source, type }, { highWaterMark: 0 })
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
    if (error !== null) this.#controller.error(error)
    else {
      this.#controller.close()
      // A reader who brought memory gets it back.
      byobRequest(this.#controller)?.respond(0)
    }
    this.#wanted?.()
  }

  /** What fails here fails the stream. */
  #deliver(made: R): boolean {
    try {
      return deliver(this.#controller, made)
    } catch (error) {
      this.#ended = true
      this.#waiting.length = 0
      throw error
    }
  }

  async #pull(): Promise<void> {
    while (!this.#ended) {
      const item = this.#waiting.shift()
      if (item !== undefined) {
        const made = this.#made(item)
        if (made === null) continue
        if (this.#deliver(made)) return
        continue
      }
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wanted = resolve
      await promise
      this.#wanted = null
    }
  }
}

/**
 * Hands a chunk on: into the memory that a reader brought, where it did. False for nothing, of which a stream of bytes has no chunk. Throws RangeError where the
 * memory is too short for a message to stay whole.
 */
function deliver<R>(controller: Controller<R>, made: R): boolean {
  if (!('byobRequest' in controller)) {
    controller.enqueue(made)
    return true
  }
  const bytes = made as Uint8Array<ArrayBuffer>
  if (bytes.length === 0) return false
  const request = controller.byobRequest
  const view = request?.view ?? null
  if (request === null || view === null) {
    // The stream takes the memory over: it must be the chunk's alone.
    controller.enqueue(new Uint8Array(bytes))
    return true
  }
  if (bytes.length > view.byteLength) throw new RangeError(`A message of ${bytes.length} bytes does not fit ${view.byteLength}.`)
  new Uint8Array(view.buffer, view.byteOffset).set(bytes)
  request.respond(bytes.length)
  return true
}

function byobRequest(controller: Controller<unknown>): ReadableStreamBYOBRequest | null {
  return 'byobRequest' in controller ? controller.byobRequest : null
}
