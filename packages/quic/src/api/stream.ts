// A stream as users hold it. Named after node:quic; also a Web Stream pair, an async iterable, and a Duplex.
import { Duplex } from 'node:stream'
import type { Priority } from '../core/streams/priority.ts'
import type { Stream } from '../core/streams/stream.ts'
import { uncaught } from '../endpoint/uncaught.ts'
import { applicationCode, bytesOf } from './arguments.ts'
import { QuicError } from './error.ts'
import { number, wrong } from './option-checks.ts'
import { shown } from './option-shapes.ts'
import type { QuicSession } from './session.ts'
import { type Settled, settled } from './settled.ts'
import {
  changedPriority,
  checkReliableSize,
  HIGH_WATER_MARK,
  type ResetStreamOptions,
  type StreamPriority,
  type StreamPriorityChange,
  streamPriority,
} from './stream-options.ts'
import { StreamReader } from './stream-reader.ts'
import { readableOf, writableOf } from './web-streams.ts'

/** Counts of one stream; moments as `performance.now()` tells them, null for what has not happened. */
export interface QuicStreamStats {
  /** When it was opened by us, or first heard of. */
  readonly openedAt: number
  /** When the first bytes left and arrived. */
  readonly firstSentAt: number | null
  readonly firstReceivedAt: number | null
  /** When the peer had all that we sent, or knew that we gave it up. RFC 9000 section 3.1. */
  readonly sendEndedAt: number | null
  /** When all that the peer sent had arrived, or the word that it gave up; read or not. RFC 9000 section 3.2. */
  readonly receiveEndedAt: number | null
  /** Bytes written, those of them that wait to be sent, and those that the peer has acknowledged without a gap. */
  readonly bytesSent: number
  readonly bytesUnsent: number
  readonly bytesAcknowledged: number
  /** Bytes that were sent again, and STREAM frames that left. */
  readonly bytesResent: number
  readonly framesSent: number
  /** Milliseconds for which its data had to wait while the session's congestion window was full. RFC 9002 section 7. */
  readonly congestionLimitedMillis: number
  /** Milliseconds for which its data had to wait for the peer's credit: MAX_STREAM_DATA, or MAX_DATA. RFC 9000 section 4.1. */
  readonly creditLimitedMillis: number
  /** Bytes that arrived, read or not, and those of them that the application has taken; of a stream that was reset, all that the peer sent. */
  readonly bytesReceived: number
  readonly bytesRead: number
}

/** What a session does for its streams. @internal */
export interface StreamHost {
  read(stream: Stream): Buffer | null
  readInto(stream: Stream, target: Uint8Array): number
  resetRead(stream: Stream): void
  reset(stream: Stream, code: bigint, reliableSize: number): void
  stop(stream: Stream, code: bigint): void
  prioritize(stream: Stream, priority: Priority): void
  room(stream: Stream): number
  sendable(stream: Stream): number
  touch(): void
}

type Sending = NonNullable<Stream['send']>

/** A stream, in both directions or in one. RFC 9000 section 2. */
export class QuicStream {
  /** Whose stream it is. */
  readonly session: QuicSession
  /** `uni`: only who opened it writes. */
  readonly direction: 'bidi' | 'uni'
  /** Hears that bytes, the end or a reset have arrived, after `readSync` or `readIntoSync` found nothing. For readers that want no promise. */
  onreadable: (() => void) | undefined
  /** Hears that the peer gave up sending, and with which code; what was not read by then is lost. RFC 9000 section 19.4. With RESET_STREAM_AT, once what it promised is read. */
  onreset: ((code: bigint) => void) | undefined
  /** Hears that the peer wants no more of what we send, and with which code; sending is given up with the same. RFC 9000 section 3.5. */
  onstopsending: ((code: bigint) => void) | undefined
  /** Hears that it is over, as `closed` tells by a promise: null where all went well. */
  onclosed: ((outcome: QuicError | null) => void) | undefined
  #highWaterMark: number = HIGH_WATER_MARK.default
  readonly #core: Stream
  readonly #host: StreamHost
  readonly #reader: StreamReader
  // Promises are made for those who wait: most streams end with nobody waiting for most of these.
  #closed: Settled<void> | null = null
  #room: PromiseWithResolvers<void> | null = null
  #finished: PromiseWithResolvers<void> | null = null
  #moved: Settled<void> | null = null
  #sendError: QuicError | null = null
  /** How it ended: null is well; undefined while it has not. */
  #outcome: QuicError | null | undefined = undefined
  #webReadable: ReadableStream<Uint8Array> | null = null
  #webWritable: WritableStream<Uint8Array> | null = null

  /** Made by sessions alone. @internal */
  constructor(session: QuicSession, core: Stream, host: StreamHost) {
    this.session = session
    this.direction = core.direction
    this.#core = core
    this.#host = host
    this.#reader = new StreamReader(core, host)
    core.owner = this
  }

  /** Its two lowest bits tell who opened it, and whether it has one direction. RFC 9000 section 2.1. */
  get id(): bigint {
    return BigInt(this.#core.id)
  }

  /** Settles when both halves have ended and all that was sent is acknowledged; rejects when a half was given up, or the session ended before. */
  get closed(): Promise<void> {
    if (this.#closed === null) {
      this.#closed = settled()
      this.#settleClosed()
    }
    return this.#closed.promise
  }

  /** Some of what arrived came as 0-RTT, which an attacker can replay. Always false on clients. RFC 9001 section 9.2. */
  get early(): boolean {
    return this.#core.early
  }

  /** Counts of now. */
  get stats(): QuicStreamStats {
    const { send, receive, openedAt, firstSentAt, firstReceivedAt, sendEndedAt, receiveEndedAt } = this.#core
    return {
      openedAt,
      firstSentAt,
      firstReceivedAt,
      sendEndedAt,
      receiveEndedAt,
      bytesSent: send?.written ?? 0,
      bytesUnsent: send?.unsent ?? 0,
      bytesAcknowledged: send === null ? 0 : send.written - send.held,
      bytesResent: send?.credit.resent ?? 0,
      framesSent: send?.frames ?? 0,
      congestionLimitedMillis: this.#core.congestionMillis,
      creditLimitedMillis: this.#core.creditMillis,
      bytesReceived: receive?.received ?? 0,
      bytesRead: receive?.taken ?? 0,
    }
  }

  /** How much what we send here matters beside the other streams; null when nothing more is sent on this one. */
  get priority(): StreamPriority | null {
    return this.#core.send === null || this.#core.send.ended || this.#sendError !== null ? null : streamPriority(this.#core.priority)
  }

  /**
   * Says how much what we send here matters beside the session's other streams, from the next packet on; what is not given stays as it is. Without effect
   * when nothing more is sent on this stream. It is told to nobody: the peer has its own priorities. Throws ERR_QUIC_OPTION for an unknown level or urgency.
   * RFC 9000 section 2.3.
   */
  setPriority(priority: StreamPriorityChange = {}): void {
    const changed = changedPriority(this.#core.priority, priority)
    if (this.priority !== null) this.#host.prioritize(this.#core, changed)
  }

  // ---- reading

  /**
   * The next chunk, in order, or null at the end. The chunk is yours to keep. What is not read is not credited to the peer: a reader that stops
   * stops the sender. Rejects with ERR_QUIC_STREAM_RESET when the peer gave up. Of several that wait, the first that asked is served first.
   */
  read(): Promise<Uint8Array | null> {
    return this.#reader.next('chunk')
  }

  /**
   * Copies the next bytes, in order, to the beginning of `target`, which must have room for one at least, and resolves to how many; null at the
   * end. The fastest way to read much: what the bytes lay in is used again, so that nothing is left to collect. Rejects as `read` does.
   */
  readInto(target: Uint8Array): Promise<number | null> {
    if (target instanceof Uint8Array && target.length > 0) return this.#reader.next(target)
    return Promise.reject(noTarget(target))
  }

  /**
   * The next chunk, in order, if there is one now; undefined if there is none yet (`onreadable` hears when that changes), null at the end. The chunk is
   * yours to keep, and credited to the peer as with `read`. Throws as `read` rejects.
   */
  readSync(): Uint8Array | null | undefined {
    return this.#reader.take('chunk')
  }

  /** Copies the next bytes to the beginning of `target`, as many as there are now and fit, and returns how many; else as `readSync`. */
  readIntoSync(target: Uint8Array): number | null | undefined {
    if (!(target instanceof Uint8Array)) throw noTarget(target)
    return this.#reader.take(target)
  }

  /** Batches of chunks: all that has arrived, each time. Leaving the loop early tells the peer to stop sending, with code 0. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array[], void, void> {
    const reader = this.#reader
    const iterator: AsyncIterableIterator<Uint8Array[], void, void> = {
      next: () => reader.next('batch'),
      return: async () => {
        this.stopSending(0)
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }

  /** Wants no more of what the peer sends. Throws ERR_QUIC_OPTION for a code that is none: 0 to 2^62 - 1. RFC 9000 section 3.5. */
  stopSending(code: number | bigint = 0): void {
    const checked = applicationCode(code)
    if (this.#core.receive === null || this.#reader.failed !== null) return
    this.#host.stop(this.#core, checked)
    this.#reader.serve()
  }

  // ---- writing

  /**
   * Bytes written and not yet sent from which on `write` waits: 0 to 1073741824 (1 GiB), default 1048576 (1 MiB); with 0 it waits until all have left. Throws
   * ERR_QUIC_OPTION.
   */
  get highWaterMark(): number {
    return this.#highWaterMark
  }

  set highWaterMark(bytes: number) {
    this.#highWaterMark = number('highWaterMark', bytes, HIGH_WATER_MARK)
    // Who waits may have waited enough.
    if (this.#core.send !== null) this.#makeRoom(this.#core.send)
  }

  /**
   * Takes the chunk, and resolves when there is room for more. The chunk is not copied: do not change it before it is delivered.
   * Rejects with ERR_QUIC_STOP_SENDING when the peer wants no more, and with the session's error when that has ended.
   */
  async write(chunk: Uint8Array | string): Promise<void> {
    if (!this.writeSync(chunk)) await this.drained()
  }

  /** Takes the chunk whatever is waiting already. False when `highWaterMark` is reached: await `drained()` before the next. */
  writeSync(chunk: Uint8Array | string): boolean {
    const send = this.#sending()
    send.write(bytesOf('chunk', chunk))
    this.#host.touch()
    return !this.#isFull(send)
  }

  /**
   * Bytes that may be written now and need no more credit than the peer has given, on this stream and on the connection, what waits on other streams counted first.
   * RFC 9000 section 4.1.
   */
  get creditRoom(): number {
    return this.#core.send === null || this.#sendError !== null ? 0 : this.#host.room(this.#core)
  }

  /** Bytes written and not yet sent that the peer's credit lets go now: what the congestion window and more urgent streams alone hold back. */
  get sendable(): number {
    return this.#core.send === null || this.#sendError !== null ? 0 : this.#host.sendable(this.#core)
  }

  /** Resolves when bytes of this stream leave, or are acknowledged, next, or nothing more will be sent on it. */
  moved(): Promise<void> {
    if (this.#core.send === null || this.#core.send.ended || this.#sendError !== null) return Promise.resolve()
    this.#core.progressWanted = true
    this.#moved ??= settled()
    return this.#moved.promise
  }

  /** Resolves when less than `highWaterMark` waits to be sent. */
  async drained(): Promise<void> {
    const { send } = this.#core
    while (send !== null && this.#isFull(send)) {
      if (this.#sendError !== null) throw this.#sendError
      this.#core.progressWanted = true
      this.#room ??= Promise.withResolvers()
      await this.#room.promise
    }
    if (this.#sendError !== null) throw this.#sendError
  }

  /** Ends what we send, after a last chunk if there is one. Resolves when the peer has acknowledged everything. */
  async end(chunk?: Uint8Array | string): Promise<void> {
    this.endSync(chunk)
    this.#core.progressWanted = true
    this.#finished = Promise.withResolvers()
    await this.#finished.promise
  }

  /** As `end`, for who need not hear when the peer has acknowledged everything; `closed` tells it as well. */
  endSync(chunk?: Uint8Array | string): void {
    if (chunk !== undefined) this.writeSync(chunk)
    this.#sending().finish()
    this.#host.touch()
  }

  /**
   * Gives up what was not delivered (RFC 9000 section 3.1), all but the first `reliableSize` bytes: those arrive, and the peer's reader finds the reset behind them
   * (draft-ietf-quic-reliable-stream-reset). Peers that do not take part, which `session.reliableReset` tells, get a reset of everything. Called again,
   * with the same code, it may leave less, never more. Throws ERR_QUIC_OPTION for a size beyond what was written, and
   * a code that is none: 0 to 2^62 - 1.
   */
  resetStream(code: number | bigint = 0, { reliableSize }: ResetStreamOptions = {}): void {
    const errorCode = applicationCode(code)
    const { send } = this.#core
    if (send === null || this.#reader.failed !== null || send.ended) return
    const size = checkReliableSize(reliableSize, send.resetCode === null ? send.written : Number.MAX_SAFE_INTEGER)
    this.#host.reset(this.#core, errorCode, size)
    this.#failSending(
      new QuicError(`Stream ${this.id} was reset here with code ${code}.`, {
        code: 'ERR_QUIC_STREAM_RESET',
        errorCode,
        type: 'application',
      }),
    )
  }

  /** Gives up both halves, with the same code. Throws as they do. */
  destroy(_error?: unknown, options: { readonly code?: number | bigint } = {}): void {
    const code = options.code ?? 0
    this.resetStream(code)
    this.stopSending(code)
  }

  #isFull({ unsent }: Sending): boolean {
    return unsent > 0 && unsent >= this.#highWaterMark
  }

  #makeRoom(send: Sending): void {
    if (this.#room === null || this.#isFull(send)) return
    this.#room.resolve()
    this.#room = null
  }

  #sending(): Sending {
    const { send } = this.#core
    if (this.#sendError !== null) throw this.#sendError
    if (send === null) throw new QuicError(`Stream ${this.id} is the peer's alone to send on.`, { code: 'ERR_QUIC_CLOSED' })
    if (!send.writable) throw new QuicError(`Stream ${this.id} was ended before.`, { code: 'ERR_QUIC_CLOSED' })
    return send
  }

  // ---- other shapes

  /** The bytes that arrive, as a Web Stream. */
  get readable(): ReadableStream<Uint8Array> {
    this.#webReadable ??= readableOf(this)
    return this.#webReadable
  }

  /** A Web Stream, for the bytes to send. */
  get writable(): WritableStream<Uint8Array> {
    this.#webWritable ??= writableOf(this)
    return this.#webWritable
  }

  /** A Node.js stream over the same bytes; use it or the other ways, not both. */
  toDuplex(): Duplex {
    return Duplex.fromWeb({ readable: this.readable, writable: this.writable } as Parameters<typeof Duplex.fromWeb>[0])
  }

  // ---- what the session tells

  /** Bytes, the end or a reset have arrived. For sessions alone. @internal */
  becameReadable(): void {
    this.#reader.serve()
    try {
      this.onreadable?.()
    } catch (error) {
      uncaught(error)
    }
  }

  /** The peer gave up sending. For sessions alone. */
  wasReset(code: bigint): void {
    this.onreset?.(code)
  }

  /** Written bytes were sent or acknowledged. For sessions alone. */
  progressed(): void {
    const send = this.#core.send!
    this.#moved?.resolve()
    this.#moved = null
    this.#makeRoom(send)
    if (send.ended && send.resetCode === null) this.#finished?.resolve()
    if (this.#room !== null || (this.#finished !== null && !send.ended)) this.#core.progressWanted = true
  }

  /** The peer asked us to stop. For sessions alone. */
  stopped(code: bigint): void {
    this.#failSending(
      new QuicError(`The peer wants no more on stream ${this.id}, code ${code}.`, {
        code: 'ERR_QUIC_STOP_SENDING',
        errorCode: code,
        type: 'application',
        initiator: 'peer',
      }),
    )
    this.onstopsending?.(code)
  }

  /** Both halves have ended. For sessions alone. */
  ended(): void {
    if (!this.#reader.ended) this.becameReadable()
    const { receive } = this.#core
    // A reset that answers our own stop is what we asked for.
    const reset = receive === null || receive.stopCode !== null ? null : receive.resetCode
    if (this.#sendError !== null || reset === null) this.#close(this.#sendError)
    else {
      this.#close(
        new QuicError(`Stream ${this.id} was reset with code ${reset}.`, {
          code: 'ERR_QUIC_STREAM_RESET',
          errorCode: reset,
          type: 'application',
          initiator: 'peer',
        }),
      )
    }
  }

  /** The session is over. For sessions alone. @internal */
  sessionEnded(error: QuicError): void {
    this.#reader.failed ??= error
    this.#failSending(error)
    this.becameReadable()
    this.#close(error)
  }

  #close(outcome: QuicError | null): void {
    if (this.#outcome !== undefined) return
    this.#outcome = outcome
    this.#settleClosed()
    try {
      this.onclosed?.(outcome)
    } catch (error) {
      uncaught(error)
    }
  }

  #settleClosed(): void {
    if (this.#outcome === null) this.#closed?.resolve()
    else if (this.#outcome !== undefined) this.#closed?.reject(this.#outcome)
  }

  #failSending(error: QuicError): void {
    this.#sendError ??= error
    this.#moved?.resolve()
    this.#moved = null
    this.#room?.reject(error)
    this.#room = null
    this.#finished?.reject(error)
  }
}

function noTarget(target: unknown): QuicError {
  return wrong(
    'target',
    `${target instanceof Uint8Array ? 'has no room' : `is ${shown(target)}`}; it must be a Buffer or Uint8Array of a byte at least`,
  )
}
