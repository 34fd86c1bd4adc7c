// What arrives on a request stream, pulled from the transport as far as its owner wants it: header sections at once, content when somebody reads.
// What is not read is not credited, so that a slow reader slows the sender down.
import { QuicError, type QuicStream } from '@millrace/quic'
import type { FieldSection } from '../core/fields/field-section.ts'
import type { MessageReader } from '../core/message-reader.ts'
import { Http3Error } from '../core/wire/http3-error.ts'

/** Who owns the half. */
export interface ReceivingOwner {
  interimReceived(fields: FieldSection): void
  headReceived(fields: FieldSection): void
  /** The stream is another protocol's. */
  signalReceived(signal: { readonly type: number; readonly id: number }, rest: Uint8Array): void
  /** The message is complete. */
  messageEnded(): void
  /** There is more, which nobody wants. RFC 9114 section 4.1. */
  contentUnwanted(): void
  /** The peer broke a rule; the stream or the connection ends by it. */
  violated(error: Http3Error): void
  /** The transport gave out. */
  lost(error: QuicError): void
}

export class ReceivingHalf {
  /** Null until the end, or where there are none. */
  trailers: FieldSection | null = null
  /** The message is complete, and all of it was read. */
  ended = false
  readonly #quic: QuicStream
  readonly #reader: MessageReader
  readonly #owner: ReceivingOwner
  #error: Error | null = null
  #hasHead = false
  #discarding = false
  /** What readers wait for. */
  #readable: PromiseWithResolvers<void> | null = null
  /** Content that a `readInto` had no room for. */
  #rest: Uint8Array | null = null
  #scratch: Uint8Array | null = null

  constructor(quic: QuicStream, reader: MessageReader, owner: ReceivingOwner) {
    this.#quic = quic
    this.#reader = reader
    this.#owner = owner
    quic.onreadable = () => this.advance()
  }

  /** Nothing more will be read, and for that reason. */
  get error(): Error | null {
    return this.#error
  }

  /** Bytes arrived, the end did, or the peer's encoder stream let a section go on. */
  advance(): void {
    if (this.#error !== null || this.ended) return
    if (!this.#hasHead) this.#awaitHead()
    else if (this.#discarding) this.#discard()
    else this.#wake()
  }

  /** The next chunk of content if there is one now, undefined if not, null at the end. */
  readSync(): Uint8Array | null | undefined {
    if (this.#rest !== null) {
      const rest = this.#rest
      this.#rest = null
      return rest
    }
    return this.#next(null)
  }

  async read(): Promise<Uint8Array | null> {
    while (true) {
      const chunk = this.readSync()
      if (chunk !== undefined) return chunk
      await this.#untilReadable()
    }
  }

  async readInto(target: Uint8Array): Promise<number | null> {
    while (true) {
      const count = this.#copyInto(target)
      if (count !== undefined) return count
      await this.#untilReadable()
    }
  }

  /** Nobody will read on. The end is still taken notice of, and content told of as unwanted. */
  discard(): void {
    this.#discarding = true
    this.#rest = null
    this.advance()
  }

  /** Readers find nothing any more but this. */
  fail(error: Error): void {
    if (this.ended) return
    this.#error ??= error
    this.#rest = null
    this.#wake()
  }

  #copyInto(target: Uint8Array): number | null | undefined {
    if (this.#rest === null && this.#error === null && this.#reader.direct > 0) return this.#take(() => this.#pass(target))
    this.#scratch ??= new Uint8Array(SCRATCH)
    const chunk = this.#rest ?? this.#next(this.#scratch)
    if (chunk === null || chunk === undefined) return chunk
    const count = Math.min(chunk.length, target.length)
    target.set(count === chunk.length ? chunk : chunk.subarray(0, count))
    this.#rest = count === chunk.length ? null : chunk.subarray(count)
    return count
  }

  /** Content of a frame whose header was read goes from the transport to where it is wanted. */
  #pass(target: Uint8Array): number | null | undefined {
    const { direct } = this.#reader
    const count = this.#quic.readIntoSync(direct < target.length ? target.subarray(0, direct) : target)
    if (typeof count === 'number') this.#reader.passed(count)
    else if (count === null) {
      this.#reader.finish()
      this.#reader.next()
    }
    return count
  }

  /** Content, pulled from the transport by the chunk, or by way of `scratch`. */
  #next(scratch: Uint8Array | null): Uint8Array | null | undefined {
    if (this.#error !== null) throw this.#error
    if (this.ended) return null
    if (!this.#hasHead) this.advance()
    if (!this.#hasHead) return undefined
    return this.#take(() => {
      while (true) {
        const step = this.#reader.next()
        if (step === 'data') return this.#reader.data
        if (step === 'trailers') this.trailers = this.#reader.fields
        if (step === 'blocked' || (step === 'wait' && !this.#pull(scratch))) return undefined
        if (step === 'end') {
          this.ended = true
          this.#owner.messageEnded()
          return null
        }
      }
    })
  }

  #awaitHead(): void {
    this.#attempt(() => {
      while (true) {
        const step = this.#reader.next()
        if (step === 'blocked' || (step === 'wait' && !this.#pull(null))) return
        if (step === 'signal') {
          this.#quic.onreadable = undefined
          this.#owner.signalReceived(this.#reader.signal!, this.#reader.data)
          return
        }
        if (step === 'interim') this.#owner.interimReceived(this.#reader.fields)
        if (step === 'head') {
          this.#hasHead = true
          this.#owner.headReceived(this.#reader.fields)
          // Who began to read before it came is not told again of what came with it.
          this.#wake()
          return
        }
      }
    })
  }

  #discard(): void {
    this.#attempt(() => {
      const found = this.#next(null)
      if (found !== undefined && found !== null) this.#owner.contentUnwanted()
    })
  }

  /** Gives the reader what there is. False if that is nothing now. */
  #pull(scratch: Uint8Array | null): boolean {
    if (scratch !== null) {
      const count = this.#quic.readIntoSync(scratch)
      if (count === undefined) return false
      if (count === null) this.#reader.finish()
      else this.#reader.push(count === scratch.length ? scratch : scratch.subarray(0, count))
      return true
    }
    const chunk = this.#quic.readSync()
    if (chunk === undefined) return false
    if (chunk === null) this.#reader.finish()
    else this.#reader.push(chunk)
    return true
  }

  /** For readers: they find the error. */
  #take<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      this.#failed(error)
      throw this.#error ?? error
    }
  }

  /** Where no reader waits: the owner hears of the error, which is enough. */
  #attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (error !== this.#error) this.#failed(error)
    }
  }

  /** The owner answers by `fail`. */
  #failed(error: unknown): void {
    if (error instanceof Http3Error) this.#owner.violated(error)
    else if (error instanceof QuicError) this.#owner.lost(error)
    else throw error
  }

  #untilReadable(): Promise<void> {
    this.#readable ??= Promise.withResolvers()
    return this.#readable.promise
  }

  #wake(): void {
    const waiting = this.#readable
    this.#readable = null
    waiting?.resolve()
  }
}

/** Bytes that are read at a time where a frame's header is expected: some headers, and no more content than is cheap to copy twice. */
const SCRATCH = 64
