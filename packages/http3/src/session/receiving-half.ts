// What arrives on a request stream, pulled from the transport as far as its owner wants it: header sections at once, content when somebody reads.
// What is not read is not credited, so that a slow reader slows the sender down.
import { Buffer } from 'node:buffer'
import { QuicError, type QuicStream } from '@millrace/quic'
import type { FieldSection } from '../core/fields/field-section.ts'
import type { MessageReader } from '../core/message-reader.ts'
import { Http3Error } from '../core/wire/http3-error.ts'

/** Who owns such halves: one for all streams, each of which is named. */
export interface ReceivingOwner<Stream> {
  interimReceived(stream: Stream, fields: FieldSection): void
  headReceived(stream: Stream, fields: FieldSection): void
  /** The stream is another protocol's. */
  signalReceived(stream: Stream, signal: { readonly type: number; readonly id: number }, rest: Uint8Array): void
  /** The message is complete. */
  messageEnded(stream: Stream): void
  /** There is more, which nobody wants. RFC 9114 section 4.1. */
  contentUnwanted(stream: Stream): void
  /** The peer broke a rule; the stream or the connection ends by it. */
  violated(stream: Stream, error: Http3Error): void
  /** The transport gave out. */
  lost(stream: Stream, error: QuicError): void
}

/** A reader that found nothing: it wants a chunk, or bytes copied to where they shall go. */
interface Waiting {
  readonly target: Uint8Array | null
  resolve(got: Uint8Array | number | null): void
  reject(error: unknown): void
}

/** Bytes that are read at a time where a frame's header is expected: some headers, and no more content than is cheap to copy twice. */
const SCRATCH = 64

export class ReceivingHalf<Stream> {
  /** Null until the end, or where there are none. */
  trailers: FieldSection | null = null
  /** The message is complete, and all of it was read. */
  ended = false
  readonly #quic: QuicStream
  readonly #reader: MessageReader
  readonly #owner: ReceivingOwner<Stream>
  readonly #stream: Stream
  readonly #room: Uint8Array
  #error: Error | null = null
  #hasHead = false
  #discarding = false
  #waiting: Waiting[] = NOBODY
  /** Content that a `readInto` had no room for. */
  #rest: Uint8Array | null = null
  #scratch: Uint8Array | null = null

  /**
   * `room` is where header sections are read into, the same for all streams of a session: what the transport lends would be lost to its pool for a few
   * bytes. What follows a section there is copied.
   */
  constructor(quic: QuicStream, reader: MessageReader, room: Uint8Array, owner: ReceivingOwner<Stream>, stream: Stream) {
    this.#quic = quic
    this.#reader = reader
    this.#room = room
    this.#owner = owner
    this.#stream = stream
    const advance = (): void => this.advance()
    quic.onreadable = advance
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
    else if (this.#waiting.length > 0) this.#serve()
    else this.#lookAhead()
  }

  /** The next chunk of content if there is one now, undefined if not, null at the end. */
  readSync(): Uint8Array | null | undefined {
    const rest = this.#rest
    if (rest === null) return this.#next(null)
    this.#rest = null
    return rest
  }

  read(): Promise<Uint8Array | null> {
    return this.#get(null) as Promise<Uint8Array | null>
  }

  readInto(target: Uint8Array): Promise<number | null> {
    return this.#get(target) as Promise<number | null>
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
    this.#serve()
  }

  #get(target: Uint8Array | null): Promise<Uint8Array | number | null> {
    if (this.#waiting.length === 0) {
      try {
        const got = this.#now(target)
        if (got !== undefined) return Promise.resolve(got)
      } catch (error) {
        return Promise.reject(error)
      }
    }
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | number | null>()
    if (this.#waiting.length === 0) this.#waiting = [{ target, resolve, reject }]
    else this.#waiting.push({ target, resolve, reject })
    return promise
  }

  /** Those who wait, the first that asked first. */
  #serve(): void {
    while (this.#waiting.length > 0) {
      const { target, resolve, reject } = this.#waiting[0]!
      try {
        const got = this.#now(target)
        if (got === undefined) return
        resolve(got)
      } catch (error) {
        reject(error)
      }
      if (this.#waiting.length > 1) this.#waiting.shift()
      else this.#waiting = NOBODY
    }
  }

  #now(target: Uint8Array | null): Uint8Array | number | null | undefined {
    return target === null ? this.readSync() : this.#copyInto(target)
  }

  #copyInto(target: Uint8Array): number | null | undefined {
    if (this.#rest === null && this.#error === null && this.#reader.direct > 0) return this.#pass(target)
    const chunk = this.#rest ?? this.#next(this.#small())
    if (chunk === null || chunk === undefined) return chunk
    const count = Math.min(chunk.length, target.length)
    target.set(count === chunk.length ? chunk : chunk.subarray(0, count))
    this.#rest = count === chunk.length ? null : this.#own(chunk.subarray(count))
    return count
  }

  /** Content of a frame whose header was read goes from the transport to where it is wanted. */
  #pass(target: Uint8Array): number | null | undefined {
    try {
      const { direct } = this.#reader
      const count = this.#quic.readIntoSync(direct < target.length ? target.subarray(0, direct) : target)
      if (typeof count === 'number') this.#reader.passed(count)
      else if (count === null) {
        this.#reader.finish()
        this.#reader.next()
      }
      return count
    } catch (error) {
      this.#failed(error)
      throw this.#error ?? error
    }
  }

  /** Content, pulled from the transport by the chunk, or by way of `scratch`. */
  #next(scratch: Uint8Array | null): Uint8Array | null | undefined {
    if (this.#error !== null) throw this.#error
    if (this.ended) return null
    if (!this.#hasHead) this.advance()
    if (!this.#hasHead) return undefined
    try {
      while (true) {
        const step = this.#reader.next()
        if (step === 'data') return this.#reader.data
        if (step === 'trailers') this.trailers = this.#reader.fields
        if (step === 'blocked' || (step === 'wait' && !this.#pull(scratch))) return undefined
        if (step === 'end') {
          this.ended = true
          this.#owner.messageEnded(this.#stream)
          return null
        }
      }
    } catch (error) {
      this.#failed(error)
      throw this.#error ?? error
    }
  }

  #awaitHead(): void {
    try {
      while (!this.#hasHead) {
        const step = this.#reader.next()
        if (step === 'wait' && this.#pull(this.#room)) continue
        // From here on somebody else may read into the room.
        this.#reader.keep()
        if (step === 'wait' || step === 'blocked') return
        if (step === 'interim') this.#owner.interimReceived(this.#stream, this.#reader.fields)
        else if (step === 'signal') {
          this.#quic.onreadable = undefined
          this.#owner.signalReceived(this.#stream, this.#reader.signal!, Buffer.from(this.#reader.data))
          return
        } else this.#hasHead = true
      }
      this.#owner.headReceived(this.#stream, this.#reader.fields)
      // Who began to read before it came is not told again of what came with it.
      if (this.#waiting.length > 0) this.#serve()
      else this.#lookAhead()
    } catch (error) {
      if (error !== this.#error) this.#failed(error)
    }
  }

  /** Nobody reads: that the message has ended is found out all the same, at the price of a few bytes of content. */
  #lookAhead(): void {
    if (this.#rest !== null || this.ended || this.#error !== null || this.#reader.direct > 0) return
    try {
      this.#rest = this.#own(this.#next(this.#small()) ?? null)
    } catch (error) {
      if (error !== this.#error) throw error
    }
  }

  #small(): Uint8Array {
    this.#scratch ??= new Uint8Array(SCRATCH)
    return this.#scratch
  }

  /** A copy of what lies where the next bytes are read into. */
  #own(chunk: Uint8Array | null): Uint8Array | null {
    return chunk !== null && chunk.buffer === this.#scratch?.buffer ? Buffer.from(chunk) : chunk
  }

  /** No reader waits: that the owner hears of an error is enough. */
  #discard(): void {
    try {
      const found = this.#next(null)
      if (found !== undefined && found !== null) this.#owner.contentUnwanted(this.#stream)
    } catch (error) {
      if (error !== this.#error) throw error
    }
  }

  /** Gives the reader what there is: what fits `into`, or else what the transport lends. False if that is nothing now. */
  #pull(into: Uint8Array | null): boolean {
    if (into === null) {
      const chunk = this.#quic.readSync()
      if (chunk === undefined) return false
      if (chunk === null) this.#reader.finish()
      else this.#reader.push(chunk)
      return true
    }
    const count = this.#quic.readIntoSync(into)
    if (count === undefined) return false
    if (count === null) this.#reader.finish()
    else this.#reader.push(count === into.length ? into : into.subarray(0, count))
    return true
  }

  /** The owner answers by `fail`. */
  #failed(error: unknown): void {
    if (error instanceof Http3Error) this.#owner.violated(this.#stream, error)
    else if (error instanceof QuicError) this.#owner.lost(this.#stream, error)
    else throw error
  }
}

/** Never written to. */
const NOBODY: never[] = []
