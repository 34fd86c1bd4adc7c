// An HTTP/3 connection as users hold it, on a QUIC session whose protocol is `h3`. RFC 9114.
import { ChurnMap } from '@millrace/bytes'
import { QuicError, type QuicSession, type QuicStream } from '@millrace/quic'
import { type ConnectionHost, Http3Connection } from '../core/connection.ts'
import { type FieldSection, fieldValue } from '../core/fields/field-section.ts'
import { checkRequestFields } from '../core/fields/request-fields.ts'
import { LAST_PUSH_ID, LAST_REQUEST_ID } from '../core/goaway.ts'
import { HEADER_TIMEOUT_MILLIS, MAX_MALFORMED_MESSAGES } from '../core/limits.ts'
import { RequestPriorities } from '../core/priority/request-priorities.ts'
import { formatPriority, parsePriority, type RequestPriority } from '../core/priority/request-priority.ts'
import { Http3Log } from '../core/qlog/http3-log.ts'
import type { Side } from '../core/side.ts'
import { HTTP3_ERRORS, Http3Error } from '../core/wire/http3-error.ts'
import type { Http3Settings } from '../core/wire/settings.ts'
import { HttpDatagrams } from './datagrams.ts'
import { rememberSettings } from './early-data-terms.ts'
import { asFields, HttpError, protocolError, refusedByGoaway, type StreamCode, sessionClosed, wireCode } from './error.ts'
import { HeaderDeadline } from './header-deadline.ts'
import { Http3Stream, type Http3StreamHost, type MessageBeginning } from './http3-stream.ts'
import { checkedSettings, type Http3Options, integer } from './options.ts'
import { OwnStreams } from './own-streams.ts'
import { readPeerStream, readServerStream, type SignalTaker, type StreamTaker } from './peer-streams.ts'

/** Bytes of a stream that are read at first: nearly all header sections, and what content comes with them is small enough to be copied. */
const HEAD_ROOM = 4096

const NOT_SHARING = { incremental: false } as const

/** How a request is sent. */
export interface RequestOptions extends MessageBeginning {
  /** Gives the request up when it aborts, before or after it was sent. */
  readonly signal?: AbortSignal
  /** How much the response matters beside the others: a `priority` field that says so, unless the fields have one. RFC 9218. */
  readonly priority?: RequestPriority
}

/** An HTTP/3 connection. */
export class Http3Session {
  /** The transport. */
  readonly quic: QuicSession
  /** What we say of ourselves. */
  readonly ownSettings: Http3Settings
  /** Server: hears each request once its header section is complete and valid. If it returns a promise that rejects, the stream is destroyed. */
  onrequest: ((stream: Http3Stream) => unknown) | undefined
  /** Hears that the peer is shutting down: client, it takes no requests from `lastId` on. RFC 9114 section 5.2. */
  ongoaway: ((lastId: bigint) => void) | undefined
  readonly #side: Side
  readonly #connection: Http3Connection
  readonly #own: OwnStreams
  readonly #host: Http3StreamHost
  readonly #streams = new ChurnMap<number, Http3Stream>()
  readonly #datagrams: HttpDatagrams
  /** Server: how much each response matters. RFC 9218. */
  readonly #priorities = new RequestPriorities()
  readonly #headerDeadline: HeaderDeadline
  readonly #settings = Promise.withResolvers<Http3Settings>()
  readonly #closed = Promise.withResolvers<void>()
  /** Who takes unidirectional streams of other protocols, by their type. */
  readonly #takers = new Map<number, StreamTaker>()
  /** And bidirectional ones, by what they begin with. */
  readonly #signalTakers = new Map<number, SignalTaker>()
  /** Client: the SETTINGS that an earlier session kept. */
  readonly #earlier: Http3Settings | null
  /** Settles when no stream is open. */
  #drained: PromiseWithResolvers<void> | null = null
  #shutdown: Promise<void> | null = null
  /** One past the highest request that was taken. */
  #nextRequest = 0n
  /** Messages of the peer's that were. */
  #malformed = 0
  #failure: Error | null = null
  #ended = false

  /** The client's end. */
  static client(quic: QuicSession, options: Http3Options = {}): Http3Session {
    return new Http3Session(quic, 'client', options)
  }

  /** The server's end. Where `listen` has `enableEarlyData`, give it `earlyDataTerms: http3EarlyDataTerms(options)` as well. */
  static server(quic: QuicSession, options: Http3Options = {}): Http3Session {
    return new Http3Session(quic, 'server', options)
  }

  /** Made by `client` and `server` alone. */
  private constructor(quic: QuicSession, side: Side, options: Http3Options) {
    this.quic = quic
    this.#side = side
    for (const { promise } of [this.#settings, this.#closed]) promise.catch(() => {})
    const settings = checkedSettings(options)
    const { qlog } = quic
    const log = qlog === null ? null : new Http3Log((name, data) => qlog.event(name, data))
    this.ownSettings = settings
    this.#earlier = side === 'client' ? rememberSettings(quic, this.#settings.promise, settings) : null
    this.#connection = new Http3Connection({
      side,
      settings,
      grease: options.grease === false ? null : [Math.random(), Math.random(), Math.random()],
      host: this.#connectionHost(),
      log,
    })
    log?.parametersSet('local', settings)
    if (this.#earlier !== null) log?.parametersRestored(this.#earlier)
    this.#own = new OwnStreams(quic, this.#connection, (error) => this.#violated(error))
    this.#datagrams = new HttpDatagrams(
      quic,
      this.#connection,
      (id) => this.#streams.get(id),
      (error) => this.#violated(error),
    )
    this.#headerDeadline = new HeaderDeadline(integer('headersTimeout', options.headersTimeout, 1, 2 ** 31 - 1, HEADER_TIMEOUT_MILLIS))
    this.#host = this.#streamHost()
    const opened = (stream: QuicStream): void => this.#streamOpened(stream)
    quic.onstream = opened
    quic.closed.then(
      () => this.#end(null),
      (error) => this.#end(error),
    )
  }

  /** The peer's settings, once they have arrived. Rejects if the session ends before. */
  get settings(): Promise<Http3Settings> {
    return this.#settings.promise
  }

  /** The session takes no more requests: it, or its peer, is shutting down, or it has ended. */
  get closing(): boolean {
    return (
      this.#ended || this.#shutdown !== null || this.#failure !== null || this.#connection.goaway.received !== null || this.quic.closing
    )
  }

  /** The session has ended. */
  get destroyed(): boolean {
    return this.#ended
  }

  /** Resolves when the session ended in peace; rejects with an HttpError otherwise. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /** Streams that have not ended. */
  get openStreams(): number {
    return this.#streams.size
  }

  /**
   * Client: sends a request's header section. Resolves when the peer allows a stream for it, with the stream. Rejects with HttpError: ERR_HTTP3_FIELDS,
   * ERR_HTTP3_REFUSED where the peer is shutting down, ERR_HTTP3_CLOSED; or with the signal's reason.
   */
  async request(said: FieldSection, { endStream = false, content, signal, priority }: RequestOptions = {}): Promise<Http3Stream> {
    signal?.throwIfAborted()
    const fields = withPriority(said, priority)
    // What the peer understands is known from its SETTINGS alone. RFC 9220 section 3.
    if (fieldValue(fields, ':protocol') !== undefined && !this.#connection.knowsPeerSettings) await this.settings
    asFields(() => checkRequestFields(fields, this.#connection.peerSettings.enableConnectProtocol))
    this.#checkSize(fields)
    this.#checkOpen()
    const quic = await this.#openStream()
    const refusal = this.#refusal(quic.id) ?? (signal?.aborted ? signal.reason : null)
    if (refusal !== null) {
      quic.destroy(undefined, { code: HTTP3_ERRORS.H3_REQUEST_CANCELLED })
      throw refusal
    }
    const id = Number(quic.id)
    const stream = new Http3Stream(this.#host, quic, id, this.#connection.responseReader(id, fieldValue(fields, ':method')!), fields)
    this.#streams.set(id, stream)
    this.#logRequest(id, fieldValue(fields, 'priority'))
    stream.begin({ endStream, ...(content !== undefined && { content }) })
    if (signal !== undefined) abortWith(stream, signal)
    return stream
  }

  /** Tells the peer that no more requests are taken, waits until those that are under way have ended, and closes with H3_NO_ERROR. RFC 9114 section 5.2. */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#shutDown()
    return this.#shutdown
  }

  /** As `shutdown()`. */
  close(): Promise<void> {
    return this.shutdown()
  }

  /** Closes at once; streams end with an error. Default code: H3_NO_ERROR, with an error H3_INTERNAL_ERROR. RFC 9114 section 5.3. */
  destroy(error?: Error, code: StreamCode = error === undefined ? 'H3_NO_ERROR' : 'H3_INTERNAL_ERROR'): void {
    if (this.#ended) return
    this.#failure ??= error ?? null
    this.quic.destroy(undefined, { code: wireCode(code), reason: error?.message ?? '' })
  }

  /** As `shutdown()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown()
  }

  /** Gives the peer's unidirectional streams of this type to another protocol, which reads on behind the type. RFC 9114 section 9. */
  takeStreams(type: number, take: StreamTaker): void {
    this.#takers.set(type, take)
  }

  /** Gives the peer's bidirectional streams that begin with this type to another protocol, which reads on behind the number that follows. */
  takeSignals(type: number, take: SignalTaker): void {
    this.#signalTakers.set(type, take)
  }

  /** For protocols on top alone: the peer broke a rule of theirs that ends the connection. */
  violated(error: Http3Error): void {
    this.#violated(error)
  }

  async #openStream(): Promise<QuicStream> {
    try {
      return await this.quic.createBidirectionalStream(NOT_SHARING)
    } catch (error) {
      throw sessionClosed(error)
    }
  }

  #connectionHost(): ConnectionHost {
    return {
      settingsReceived: (settings) => {
        this.#settings.resolve(settings)
        this.#own.greaseStreams()
      },
      goawayReceived: (id) => this.#goawayReceived(id),
      unblocked: (streamId) => this.#streams.get(streamId)?.advance(),
      priorityUpdated: (streamId, value) => {
        const priority = this.#priorities.updated(Number(streamId), value)
        if (priority !== null) this.#streams.get(Number(streamId))?.scheduled(priority, 'client_signal_only')
      },
      takesStreamType: (type) => this.#takers.has(type),
      takesSignal: (type) => this.#signalTakers.has(type),
      remembered: () => (this.quic.earlyTerms === null ? null : this.#earlier),
    }
  }

  #streamHost(): Http3StreamHost {
    return {
      session: this,
      log: this.#connection.log,
      room: new Uint8Array(HEAD_ROOM),
      headers: (stream, fields, behind) => {
        if (this.#side === 'server') this.#responseSent(stream, fields)
        return this.#connection.headers(stream.streamId, fields, behind)
      },
      reprioritize: (streamId, value) => this.#own.control(this.#connection.priorityUpdate(streamId, value)),
      flush: () => this.#flush(),
      abandoned: (streamId) => {
        this.#attempt(() => this.#connection.decoder.cancel(streamId))
        this.#flush()
      },
      violated: (error) => this.#violated(error),
      malformed: () => {
        if (++this.#malformed <= MAX_MALFORMED_MESSAGES) return
        this.#violated(new Http3Error('H3_EXCESSIVE_LOAD', `${MAX_MALFORMED_MESSAGES} malformed messages`))
      },
      requestReceived: (stream) => {
        this.#headerDeadline.met(stream)
        stream.scheduled(
          this.#priorities.requestReceived(stream.streamId, fieldValue(stream.requestFields, 'priority')),
          'client_signal_only',
        )
        if (this.onrequest === undefined) return stream.destroy('H3_REQUEST_REJECTED')
        const handled = this.onrequest(stream)
        this.#datagrams.requestReceived(stream.streamId, stream)
        return handled
      },
      signalReceived: (quic, type, id, rest) => this.#signalTakers.get(type)!(quic, id, rest),
      maxDatagramSize: (streamId) => this.#datagrams.maxSize(streamId),
      sendDatagram: (streamId, payload) => this.#datagrams.send(streamId, payload),
      ended: (stream) => this.#streamEnded(stream),
    }
  }

  #logRequest(streamId: number, priority: string | undefined): void {
    const { log } = this.#connection
    log?.requestOpened('local', streamId)
    if (priority !== undefined) log?.priorityUpdated(streamId, parsePriority(priority), 'local_policy')
  }

  #flush(): void {
    if (!this.#ended && this.#failure === null) this.#own.flush()
  }

  #streamOpened(quic: QuicStream): void {
    if (quic.direction === 'uni') {
      readPeerStream(quic, this.#connection, {
        violated: (error) => this.#violated(error),
        flush: () => this.#flush(),
        take: (stream, type, rest) => this.#takers.get(type)!(stream, type, rest),
      })
    } else if (this.#side === 'client') readServerStream(quic, this.#signalTakers, (error) => this.#violated(error))
    else if (this.#connection.goaway.refuses(quic.id)) {
      quic.destroy(undefined, { code: HTTP3_ERRORS.H3_REQUEST_REJECTED })
    } else this.#requestOpened(quic)
  }

  #requestOpened(quic: QuicStream): void {
    const id = Number(quic.id)
    this.#nextRequest = quic.id + 4n
    const stream = new Http3Stream(this.#host, quic, id, this.#connection.requestReader(id), null)
    this.#streams.set(id, stream)
    this.#connection.log?.requestOpened('remote', id)
    stream.advance()
    // Nearly always it came in one piece.
    if (stream.requestFields.length === 0 && this.#streams.has(id)) this.#headerDeadline.begins(stream)
  }

  /** RFC 9218 section 8. */
  #responseSent(stream: Http3Stream, fields: FieldSection): void {
    const priority = this.#priorities.responseSent(stream.streamId, fieldValue(fields, 'priority'))
    if (priority !== null) stream.scheduled(priority, 'client_server_merged')
  }

  #streamEnded(stream: Http3Stream): void {
    this.#streams.delete(stream.streamId)
    this.#priorities.ended(stream.streamId)
    this.#headerDeadline.met(stream)
    if (this.#streams.size === 0) this.#drained?.resolve()
  }

  #goawayReceived(id: bigint): void {
    if (this.#side === 'client') {
      for (const stream of this.#streams.values()) if (stream.id >= id) stream.refused(refusedByGoaway())
    }
    this.ongoaway?.(id)
  }

  #checkOpen(): void {
    if (this.#connection.goaway.received !== null) throw refusedByGoaway()
    if (this.closing) throw sessionClosed(this.#failure ?? undefined)
  }

  #refusal(id: bigint): Error | null {
    if (this.#connection.goaway.refused(id)) return refusedByGoaway()
    return this.#ended ? sessionClosed(this.#failure ?? undefined) : null
  }

  /** RFC 9114 section 4.2.2: the peer would refuse it. */
  #checkSize(fields: FieldSection): void {
    const { maxFieldSectionSize } = this.#connection.peerSettings
    if (maxFieldSectionSize === Infinity) return
    let size = 16 * fields.length
    for (const text of fields) size += text.length
    if (size > maxFieldSectionSize) {
      throw new HttpError(`The fields take ${size} bytes; the peer takes ${maxFieldSectionSize}.`, { code: 'ERR_HTTP3_FIELDS' })
    }
  }

  /** Twice: first that no more should come, then, when what was on its way has come, which were taken. RFC 9114 section 5.2. */
  async #shutDown(): Promise<void> {
    if (!this.#ended && this.#failure === null) {
      this.#sayGoaway(this.#side === 'server' ? LAST_REQUEST_ID : LAST_PUSH_ID)
      if (this.#side === 'server') {
        await this.#roundTrip()
        if (!this.#ended) this.#sayGoaway(this.#nextRequest)
      }
      if (this.#streams.size > 0 && !this.#ended) {
        this.#drained = Promise.withResolvers()
        await this.#drained.promise
      }
      this.destroy()
    }
    await this.#closed.promise
  }

  #sayGoaway(id: bigint): void {
    const frame = this.#connection.sendGoaway(id)
    if (frame !== null) this.#own.control(frame)
  }

  /** What the peer sent before it heard of GOAWAY has come by then, unless it was lost. */
  async #roundTrip(): Promise<void> {
    const { resolve, promise } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, 1.5 * Number(this.quic.stats.smoothedRtt ?? 0))
    void this.#closed.promise.catch(() => {}).then(resolve)
    await promise
    clearTimeout(timer)
  }

  #attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof Http3Error)) throw error
      this.#violated(error)
    }
  }

  #violated(error: Http3Error): void {
    if (this.#ended || this.#failure !== null) return
    this.#failure = protocolError(error)
    this.quic.destroy(undefined, { code: error.wireCode, reason: error.reason })
  }

  #end(error: unknown): void {
    this.#ended = true
    const failure = this.#failure ?? (isPeace(error) ? null : sessionClosed(error))
    const lasting = failure ?? sessionClosed()
    this.#settings.reject(lasting)
    for (const stream of [...this.#streams.values()]) stream.sessionEnded(lasting)
    this.#streams.clear()
    this.#headerDeadline.end()
    this.#drained?.resolve()
    if (failure === null) this.#closed.resolve()
    else this.#closed.reject(failure)
  }
}

/** With a field that says the priority, unless one does. RFC 9218 section 5. */
function withPriority(fields: FieldSection, priority: RequestPriority | undefined): FieldSection {
  const value = priority === undefined || fieldValue(fields, 'priority') !== undefined ? null : formatPriority(priority)
  return value === null ? fields : [...fields, 'priority', value]
}

/** The end of a stream whose signal aborts. */
function abortWith(stream: Http3Stream, signal: AbortSignal): void {
  const abort = (): void => stream.destroy('H3_REQUEST_CANCELLED', signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  const forget = (): void => signal.removeEventListener('abort', abort)
  stream.closed.then(forget, forget)
}

/** Closed with H3_NO_ERROR, or with a code that nobody knows, which means the same. RFC 9114 section 8. */
function isPeace(error: unknown): boolean {
  if (error === null) return true
  if (!(error instanceof QuicError) || error.code !== 'ERR_QUIC_APPLICATION') return false
  const code = Number(error.errorCode)
  return code === HTTP3_ERRORS.H3_NO_ERROR || !Object.values<number>(HTTP3_ERRORS).includes(code)
}
