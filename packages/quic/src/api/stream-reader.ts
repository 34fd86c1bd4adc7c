// The reading half of a stream as users hold it. Who finds nothing waits, and is served in turn the moment that something arrives: what it does with the
// bytes then leaves in the same packets as their acknowledgement, and a read costs one promise.
import type { Stream } from '../core/streams/stream.ts'
import { closedAlready, QuicError } from './error.ts'
import type { StreamHost } from './stream.ts'

/** What a reader wants: the next chunk, all chunks that have arrived, or bytes copied to where they shall go. */
type Wanted = 'chunk' | 'batch' | Uint8Array
/** A chunk or null at the end; a batch or the end; how many bytes or null at the end. */
type Got = Uint8Array | null | IteratorResult<Uint8Array[], void> | number

interface Waiting {
  readonly wanted: Wanted
  resolve(got: Got): void
  reject(error: unknown): void
}

export class StreamReader {
  /** Why nothing more will come: the session has ended. */
  failed: QuicError | null = null
  /** Somebody was told of the end: there is no more news. */
  ended = false
  readonly #core: Stream
  readonly #host: StreamHost
  #waiting: Waiting[] = NOBODY

  constructor(core: Stream, host: StreamHost) {
    this.#core = core
    this.#host = host
  }

  next(wanted: 'chunk'): Promise<Uint8Array | null>
  next(wanted: 'batch'): Promise<IteratorResult<Uint8Array[], void>>
  next(wanted: Uint8Array): Promise<number | null>
  next(wanted: Wanted): Promise<Got> {
    if (this.#waiting.length === 0) {
      try {
        const got = this.take(wanted)
        if (got !== undefined) return Promise.resolve(got)
      } catch (error) {
        return Promise.reject(error)
      }
    }
    const { promise, resolve, reject } = Promise.withResolvers<Got>()
    const waiting: Waiting = { wanted, resolve, reject }
    if (this.#waiting.length === 0) this.#waiting = [waiting]
    else this.#waiting.push(waiting)
    return promise
  }

  /** Something has changed: bytes, the end, a reset, or that nobody wants more. */
  serve(): void {
    while (this.#waiting.length > 0) {
      const first = this.#waiting[0]!
      try {
        const got = this.take(first.wanted)
        if (got === undefined) return
        first.resolve(got)
      } catch (error) {
        first.reject(error)
      }
      if (this.#waiting.length === 1) this.#waiting = NOBODY
      else this.#waiting.shift()
    }
  }

  /** What there is now; undefined for nothing. Throws as `next` rejects. */
  take(wanted: 'chunk'): Uint8Array | null | undefined
  take(wanted: Uint8Array): number | null | undefined
  take(wanted: Wanted): Got | undefined
  take(wanted: Wanted): Got | undefined {
    return wanted === 'chunk' ? this.#chunk() : wanted === 'batch' ? this.#batch() : this.#copy(wanted)
  }

  #chunk(): Uint8Array | null | undefined {
    const chunk = this.#core.receive === null ? null : this.#host.read(this.#core)
    return chunk ?? (this.#isOver() ? null : undefined)
  }

  #batch(): IteratorResult<Uint8Array[], void> | undefined {
    const first = this.#chunk()
    if (first === undefined) return undefined
    if (first === null) return { done: true, value: undefined }
    const batch = [first]
    // Without a look at how the stream ends: a reset may stand behind the bytes, and is for the next to find.
    for (let chunk = this.#host.read(this.#core); chunk !== null; chunk = this.#host.read(this.#core)) batch.push(chunk)
    return { done: false, value: batch }
  }

  #copy(target: Uint8Array): number | null | undefined {
    const count = this.#core.receive === null ? 0 : this.#host.readInto(this.#core, target)
    return count > 0 ? count : this.#isOver() ? null : undefined
  }

  /** There is nothing to read: whether there never will be. Throws if that is for another reason than the end. */
  #isOver(): boolean {
    const { receive } = this.#core
    if (receive === null || receive.ended) {
      this.ended = true
      return true
    }
    if (receive.resetCode !== null) {
      this.#host.resetRead(this.#core)
      throw givenUp(this.#core.id, receive.resetCode)
    }
    if (receive.stopCode !== null) throw closedAlready('stream')
    if (this.failed !== null) throw this.failed
    return false
  }
}

function givenUp(stream: number, errorCode: bigint): QuicError {
  return new QuicError(`The peer gave up sending on stream ${stream} with code ${errorCode}.`, {
    code: 'ERR_QUIC_STREAM_RESET',
    errorCode,
    type: 'application',
    initiator: 'peer',
  })
}

/** Never written to. */
const NOBODY: never[] = []
