// One request and its response. RFC 9114 section 4.1.
import { Buffer } from 'node:buffer'
import type { QuicError, QuicStream } from '@millrace/quic'
import { type FieldSection, fieldValue } from '../core/fields/field-section.ts'
import { checkResponseFields, checkTrailers, isInformational } from '../core/fields/response-fields.ts'
import type { MessageReader } from '../core/message-reader.ts'
import type { MessageEvent } from '../core/message-states.ts'
import { formatPriority, type RequestPriority } from '../core/priority/request-priority.ts'
import type { Http3Log, PriorityReason } from '../core/qlog/http3-log.ts'
import type { Http3Error } from '../core/wire/http3-error.ts'
import { HTTP3_ERRORS } from '../core/wire/http3-error.ts'
import {
  asFields,
  cancelledHere,
  HttpError,
  protocolError,
  resetByPeer,
  type StreamCode,
  sessionClosed,
  stoppedByPeer,
  wireCode,
  wrongState,
} from './error.ts'
import type { Http3Session } from './http3-session.ts'
import { Outcome } from './outcome.ts'
import { ReceivingHalf, type ReceivingOwner } from './receiving-half.ts'
import { dataFrameSize, JOINED, SendingHalf } from './sending-half.ts'

/** What is sent together with a header section. */
export interface MessageBeginning {
  /** Nothing follows. Default false. */
  readonly endStream?: boolean
  /** The content, or the first of it. Up to 2048 bytes it leaves in one piece with the fields; more is not copied, as with `writeSync`. Default none. */
  readonly content?: Uint8Array | string
}

/** What a session does for its streams. */
export interface Http3StreamHost {
  readonly session: Http3Session
  /** Where all its streams read header sections into. */
  readonly room: Uint8Array
  /** Null where nobody listens. */
  readonly log: Http3Log | null
  /** A HEADERS frame, with `behind` bytes of room behind it. */
  headers(stream: Http3Stream, fields: FieldSection, behind: number): Uint8Array
  /** Client: tells the server the priority's new value. RFC 9218 section 7.2. */
  reprioritize(streamId: bigint, value: string): void
  /** Sends what QPACK has to say. */
  flush(): void
  /** Sections of the stream will not be decoded. RFC 9204 section 2.2.2.2. */
  abandoned(streamId: number): void
  /** The peer broke a rule that ends the connection. */
  violated(error: Http3Error): void
  /** The peer broke a rule that ends the stream alone. */
  malformed(): void
  /** Server: a request is there. */
  requestReceived(stream: Http3Stream): void
  /** The stream turned out to be another protocol's. */
  signalReceived(quic: QuicStream, type: number, id: number, rest: Uint8Array): void
  maxDatagramSize(streamId: number): number
  sendDatagram(streamId: number, payload: Uint8Array): boolean
  ended(stream: Http3Stream): void
}

/** One request and its response, on a stream of their own. Made by sessions alone. */
export class Http3Stream {
  /** The id as a number. For sessions alone. */
  readonly streamId: number
  /** Client: hears each informational response, 103 for instance. RFC 9110 section 15.2. */
  oninformational: ((fields: FieldSection) => void) | undefined
  /** Hears each datagram that belongs to this request. RFC 9297 section 2. */
  ondatagram: ((payload: Uint8Array) => void) | undefined
  readonly #host: Http3StreamHost
  readonly #quic: QuicStream
  readonly #isServer: boolean
  readonly #receiving: ReceivingHalf<Http3Stream>
  readonly #sending: SendingHalf
  readonly #response = new Outcome<FieldSection>()
  readonly #closed = new Outcome<void>()
  #requestFields: FieldSection
  #abort: AbortController | null = null
  #failure: Error | null = null
  /** The transport has done with it. */
  #quicEnded = false
  #ended = false

  /** One for all streams, so that a stream needs no functions of its own. */
  static readonly #owner: ReceivingOwner<Http3Stream> = {
    interimReceived: (stream, fields) => stream.#tell(() => stream.oninformational?.(fields)),
    headReceived: (stream, fields) => stream.#headReceived(fields),
    signalReceived: (stream, { type, id }, rest) => stream.#notHttp(() => stream.#host.signalReceived(stream.#quic, type, id, rest)),
    messageEnded(stream) {
      if (stream.trailers !== null) stream.#host.flush()
      stream.#settle()
    },
    contentUnwanted: (stream) => stream.stopSending('H3_NO_ERROR'),
    violated: (stream, error) => stream.#violated(error),
    lost: (stream, error) => stream.#lost(error),
  }

  constructor(host: Http3StreamHost, quic: QuicStream, streamId: number, reader: MessageReader, requestFields: FieldSection | null) {
    this.#host = host
    this.#quic = quic
    this.streamId = streamId
    this.#isServer = requestFields === null
    this.#requestFields = requestFields ?? NOTHING
    this.#sending = new SendingHalf(quic, host.log)
    this.#receiving = new ReceivingHalf(quic, reader, host.room, Http3Stream.#owner, this)
    const reset = (code: bigint): void => this.#resetByPeer(code)
    const stopped = (code: bigint): void => this.#stoppedByPeer(code)
    const closed = (): void => {
      this.#quicEnded = true
      this.#settle()
    }
    quic.onreset = reset
    quic.onstopsending = stopped
    quic.onclosed = closed
  }

  /** The transport's id: a multiple of 4. */
  get id(): bigint {
    return BigInt(this.streamId)
  }

  /** Whose stream it is. */
  get session(): Http3Session {
    return this.#host.session
  }

  /** The request's header section, as it was sent (client) or received (server: cookies are one line). */
  get requestFields(): FieldSection {
    return this.#requestFields
  }

  /** Server: some of it came as 0-RTT, which an attacker can replay; 425 refuses that. RFC 8470. */
  get early(): boolean {
    return this.#quic.early
  }

  /** Aborts when the peer gives the request up, or the session ends before it is complete; its reason is an HttpError. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#failure !== null && !this.#abort.signal.aborted) this.#abort.abort(this.#failure)
    return this.#abort.signal
  }

  /** Settles when both directions have ended: resolves if nobody gave up, rejects with what ended it otherwise. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  // ---- headers

  /** Client: the final response's header section. Rejects with HttpError. */
  response(): Promise<FieldSection> {
    return this.#response.promise
  }

  /** Server: sends an informational response, `:status` 100 to 199 but 101. Throws ERR_HTTP3_FIELDS, ERR_HTTP3_STATE. RFC 9110 section 15.2. */
  informational(fields: FieldSection): void {
    this.#serverOnly()
    const { status } = asFields(() => checkResponseFields(fields, this.#method()))
    if (!isInformational(status))
      throw new HttpError(`:status is ${status}; informational ones are below 200.`, { code: 'ERR_HTTP3_FIELDS' })
    this.#section('interim', fields, false)
  }

  /** Server: sends the response's header section, and with it what is given of the content. Throws ERR_HTTP3_FIELDS, ERR_HTTP3_STATE, or what ended the stream. */
  respond(fields: FieldSection, { endStream = false, content }: MessageBeginning = {}): void {
    this.#serverOnly()
    const { status, tunnel } = asFields(() => checkResponseFields(fields, this.#method()))
    if (isInformational(status)) throw new HttpError(`:status is ${status}; informational() sends such.`, { code: 'ERR_HTTP3_FIELDS' })
    this.#head(tunnel ? 'tunnelHead' : 'head', fields, endStream, content)
    if (endStream) this.#said()
  }

  // ---- content

  /** The next chunk of content, in order, which is yours to keep; null at the end. What is not read is not credited to the peer. Rejects with HttpError. */
  read(): Promise<Uint8Array | null> {
    return this.#receiving.read()
  }

  /** The next chunk if there is one now; undefined if not, null at the end. Throws HttpError. */
  readSync(): Uint8Array | null | undefined {
    return this.#receiving.readSync()
  }

  /** Copies the next content to the beginning of `target`, and resolves to how many bytes; null at the end. The fastest way to read much. */
  readInto(target: Uint8Array): Promise<number | null> {
    if (target.length === 0) throw new HttpError('target: has no room; expected a byte at least.', { code: 'ERR_HTTP3_OPTION' })
    return this.#receiving.readInto(target)
  }

  /** Batches of one chunk. Leaving the loop early tells the peer to stop. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    let ended = false
    try {
      for (let chunk = await this.read(); chunk !== null; chunk = await this.read()) yield chunk
      ended = true
    } finally {
      if (!ended) this.stopSending(this.#isServer ? 'H3_NO_ERROR' : 'H3_REQUEST_CANCELLED')
    }
  }

  /** The trailer section received, once `read` has given null; null if there was none. */
  get trailers(): FieldSection | null {
    return this.#receiving.trailers
  }

  /** Takes content whatever is waiting already; it is not copied. False when enough waits: await `drained()`. Throws what ended the stream, ERR_HTTP3_STATE. */
  writeSync(chunk: Uint8Array | string): boolean {
    return this.#sending.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  }

  /** Resolves when there is room for more. */
  drained(): Promise<void> {
    return this.#sending.drained()
  }

  /** Takes content, and resolves when there is room for more. */
  async write(chunk: Uint8Array | string): Promise<void> {
    if (!this.writeSync(chunk)) await this.drained()
  }

  /** Ends what we send, with trailers if there are any. Throws ERR_HTTP3_FIELDS, ERR_HTTP3_STATE. */
  end(trailers?: FieldSection): void {
    if (trailers !== undefined) {
      asFields(() => checkTrailers(trailers))
      this.#section('trailers', trailers, true)
    } else this.#sending.end()
    this.#said()
  }

  // ---- giving up

  /** Gives up sending. RFC 9114 section 8.1 has the codes. */
  reset(code: StreamCode): void {
    this.#sending.fail(cancelledHere(this.id, wireCode(code)))
    this.#quic.resetStream(wireCode(code))
  }

  /** Wants no more of what the peer sends. */
  stopSending(code: StreamCode): void {
    if (this.#receiving.ended) return
    this.#receiving.fail(cancelledHere(this.id, wireCode(code)))
    this.#host.abandoned(this.streamId)
    this.#quic.stopSending(wireCode(code))
  }

  /** Gives up both directions. Client: H3_REQUEST_CANCELLED by default; server: H3_INTERNAL_ERROR. RFC 9114 section 4.1.1. */
  destroy(
    code: StreamCode = this.#isServer ? 'H3_INTERNAL_ERROR' : 'H3_REQUEST_CANCELLED',
    error: Error = cancelledHere(this.id, wireCode(code)),
  ): void {
    if (this.#ended) return
    this.#fail(error)
    this.#host.abandoned(this.streamId)
    this.#quic.resetStream(wireCode(code))
    this.#quic.stopSending(wireCode(code))
  }

  /** Bytes of the largest payload that `sendDatagram` takes now: 0 until both sides' SETTINGS permit datagrams; it grows with what the path carries. */
  get maxDatagramSize(): number {
    return this.#host.maxDatagramSize(Number(this.id))
  }

  /** Sends a datagram that belongs to this request, at most once. False if both sides' SETTINGS do not permit it, or it is too large. RFC 9297 section 2. */
  sendDatagram(payload: Uint8Array): boolean {
    return !this.#sending.ended && this.#failure === null && this.#host.sendDatagram(this.streamId, payload)
  }

  /**
   * Says how much the response matters beside the session's others. Server: it is sent so, from the next packet on. Client: the server is told. Throws
   * `RangeError` for an urgency that is not an integer from 0 to 7. RFC 9218 section 7.2.
   */
  setPriority(priority: RequestPriority): void {
    const value = formatPriority(priority)
    if (this.#isServer) this.scheduled(priority, 'local_policy')
    else if (!this.#ended) {
      this.#host.reprioritize(this.id, value ?? '')
      this.#host.log?.priorityUpdated(this.streamId, priority, 'local_policy')
    }
  }

  // ---- what the session tells

  /** Server: sends the response with this priority. A tunnel has no end that others could wait for, so that it shares. RFC 9218 section 11. For sessions alone. */
  scheduled(priority: RequestPriority, reason: PriorityReason): void {
    const { urgency, incremental } = priority
    this.#host.log?.priorityUpdated(this.streamId, priority, reason)
    this.#quic.setPriority({ urgency, incremental: incremental || this.#method() === 'CONNECT' })
  }

  /** Sends the request, and reads what comes. For sessions alone. */
  begin({ endStream = false, content }: MessageBeginning): void {
    this.#head(this.#method() === 'CONNECT' ? 'tunnelHead' : 'head', this.#requestFields, endStream, content)
  }

  /** Bytes may have arrived. For sessions alone. */
  advance(): void {
    this.#receiving.advance()
  }

  /** The peer refuses the request. For sessions alone. */
  refused(error: HttpError): void {
    this.destroy('H3_REQUEST_CANCELLED', error)
  }

  /** The session has ended; what arrived before can still be read. For sessions alone. */
  sessionEnded(error: Error): void {
    this.#sending.fail(error)
    this.#response.reject(error)
    if (!(this.#sending.ended && this.#receiving.ended)) {
      this.#failure ??= error
      this.#abort?.abort(error)
    }
    this.#receiving.advance()
    this.#end()
  }

  #method(): string {
    return fieldValue(this.#requestFields, ':method') ?? ''
  }

  #serverOnly(): void {
    if (!this.#isServer) throw wrongState('A client does not respond.')
  }

  #section(event: Exclude<MessageEvent, 'data'>, fields: FieldSection, endStream: boolean): void {
    this.#sending.step(event)
    this.#sending.section(this.#host.headers(this, fields, 0), endStream)
    this.#host.flush()
  }

  #head(event: 'head' | 'tunnelHead', fields: FieldSection, endStream: boolean, given: Uint8Array | string | undefined): void {
    const content = typeof given === 'string' ? Buffer.from(given) : given
    if (content === undefined || content.length === 0) this.#section(event, fields, endStream)
    else if (content.length > JOINED) {
      this.#section(event, fields, false)
      this.#sending.write(content)
      if (endStream) this.#sending.end()
    } else {
      this.#sending.step(event)
      this.#sending.joined(this.#host.headers(this, fields, dataFrameSize(content.length)), content, endStream)
      this.#host.flush()
    }
  }

  #headReceived(fields: FieldSection): void {
    this.#host.flush()
    if (!this.#isServer) this.#response.resolve(fields)
    else {
      this.#requestFields = fields
      this.#tell(() => this.#host.requestReceived(this))
    }
  }

  /** Lets go of the stream. */
  #notHttp(pass: () => void): void {
    this.#end()
    this.#quic.onreset = undefined
    this.#quic.onstopsending = undefined
    this.#quic.onclosed = undefined
    pass()
  }

  /** We have said all: what of a request nobody has read, nobody will. RFC 9114 section 4.1. */
  #said(): void {
    if (this.#isServer) this.#receiving.discard()
  }

  #violated(error: Http3Error): void {
    this.#fail(protocolError(error))
    if (error.scope === 'connection') {
      this.#host.violated(error)
      return
    }
    this.#host.malformed()
    if (this.#isServer && error.code === 'H3_EXCESSIVE_LOAD' && !this.#sending.hasHead) this.#tooLarge()
    else {
      this.#quic.resetStream(error.wireCode)
      this.#quic.stopSending(error.wireCode)
    }
    this.#host.flush()
  }

  /** RFC 9114 section 4.2.2: the client learns what is wrong, and the connection goes on. */
  #tooLarge(): void {
    this.#quic.endSync(this.#host.headers(this, [':status', '431', 'content-length', '0'], 0))
    this.#quic.stopSending(HTTP3_ERRORS.H3_NO_ERROR)
  }

  #resetByPeer(code: bigint): void {
    this.#host.abandoned(this.streamId)
    // The reset is seen: the transport may forget the direction.
    this.#quic.stopSending(code)
    if (this.#receiving.ended) return
    this.#fail(resetByPeer(this.id, code))
    this.#quic.resetStream(this.#isServer ? HTTP3_ERRORS.H3_REQUEST_CANCELLED : code)
  }

  /** A server that has answered needs no more of the request: the response is still to be read. RFC 9114 section 4.1. */
  #stoppedByPeer(code: bigint): void {
    const error = stoppedByPeer(this.id, code)
    this.#sending.fail(error)
    if (!this.#isServer) return
    this.#fail(error)
    this.stopSending('H3_REQUEST_CANCELLED')
  }

  /** A reset may be found before it is told of. */
  #lost(error: QuicError): void {
    if (error.code === 'ERR_QUIC_STREAM_RESET' && error.initiator === 'peer') this.#resetByPeer(error.errorCode)
    else this.#fail(sessionClosed(error))
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#sending.fail(error)
    this.#receiving.fail(error)
    this.#response.reject(error)
    this.#abort?.abort(error)
    this.#settle()
  }

  /** What arrived may be read after the transport has ended. */
  #settle(): void {
    if (this.#quicEnded && (this.#receiving.ended || this.#receiving.error !== null)) this.#end()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#host.ended(this)
    if (this.#failure === null) this.#closed.resolve()
    else this.#closed.reject(this.#failure)
  }

  /** What a callback of the user's throws ends the stream, and is no error of the transport's. */
  #tell(call: () => unknown): void {
    try {
      const told = call()
      if (told instanceof Promise) told.catch((error) => this.#handlerFailed(error))
    } catch (error) {
      queueMicrotask(() => this.#handlerFailed(error))
    }
  }

  #handlerFailed(error: unknown): void {
    this.destroy('H3_INTERNAL_ERROR')
    if (!(error instanceof HttpError)) throw error
  }
}

const NOTHING: FieldSection = []
