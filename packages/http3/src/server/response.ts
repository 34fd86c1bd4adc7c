// A response as Node's http module has it, over any exchange.
import { Buffer } from 'node:buffer'
import { ServerResponse as NodeResponse, type OutgoingHttpHeader, type OutgoingHttpHeaders } from 'node:http'
import type { FieldSection } from '../core/fields/field-section.ts'
import { codedError } from './coded-error.ts'
import type { Exchange } from './exchange.ts'
import type { ExchangeSocket } from './exchange-socket.ts'
import { keep } from './keep.ts'
import type { ServerRequest } from './request.ts'
import { addLines, isConnectionSpecific } from './response-fields.ts'

type Written = (error?: Error | null) => void
type Hints = Record<string, string | string[]>

/**
 * An http.ServerResponse. Reason phrases go nowhere, since neither HTTP/3 nor HTTP/2 has them, and so do fields that are about a connection of HTTP/1.1
 * (RFC 9114 section 4.2). `content-length` is added where it is known, and held: more content than that is refused, less resets the stream.
 */
export class ServerResponse extends NodeResponse<ServerRequest> {
  /** Node's: what says that no field can be set any more. */
  declare _header: string | null
  declare _closed: boolean
  /** Node's: the application took `content-length` away, so that none is added. */
  declare _removedContLen: boolean
  override writableFinished = false
  override writableNeedDrain = false
  readonly #exchange: Exchange
  readonly #socket: ExchangeSocket
  #head: FieldSection | null = null
  #trailers: string[] = []
  #sent = false
  #hasContent = true
  #declared: number | null = null
  #written = 0

  constructor(request: ServerRequest, exchange: Exchange, socket: ExchangeSocket) {
    super(request)
    this.#exchange = exchange
    this.#socket = socket
    Object.assign(this, { socket })
    keep(this, KEPT)
  }

  override writeHead(
    status: number,
    reason?: string | OutgoingHttpHeaders | OutgoingHttpHeader[],
    headers?: OutgoingHttpHeaders | OutgoingHttpHeader[],
  ): this {
    if (this._header !== null) throw headersSent('write')
    // Node's HTTP/2 has none beyond 599, which RFC 9110 section 15 calls invalid: refused here, while the application can still answer with another.
    if (!Number.isInteger(status) || status < 200 || status > (this.#exchange.version === '2.0' ? 599 : 999))
      throw codedError(RangeError, 'ERR_HTTP_INVALID_STATUS_CODE', `Invalid status code: ${status}`)
    this.statusCode = status
    setAll(this, typeof reason === 'object' ? reason : headers)
    this.#head = this.#fields()
    this._header = 'kept by the exchange'
    return this
  }

  override flushHeaders(): void {
    if (this._header === null) this.writeHead(this.statusCode)
    this.#sendHead(false)
  }

  // Overloads: write(chunk, callback), write(chunk, encoding, callback).
  /** Sends content, after the header section if that has not gone. False if `drain` should be awaited before the next. */
  override write(chunk: unknown, encoding?: BufferEncoding | Written | null, callback?: Written): boolean {
    const written = typeof encoding === 'function' ? encoding : callback
    if (this.finished) {
      this.#refuse(codedError(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end'), written)
      return false
    }
    if (this.destroyed) {
      this.#refuse(codedError(Error, 'ERR_STREAM_DESTROYED', 'Cannot call write after a stream was destroyed'), written)
      return false
    }
    const bytes = bytesOf(chunk, typeof encoding === 'string' ? encoding : 'utf8')
    if (this._header === null) this.writeHead(this.statusCode)
    const hasRoom = this.#send(bytes)
    if (!hasRoom && !this.writableNeedDrain) this.#drain()
    if (written !== undefined) process.nextTick(written, null)
    return hasRoom
  }

  // Overloads: end(callback), end(chunk, callback), end(chunk, encoding, callback).
  override end(chunk?: unknown, encoding?: BufferEncoding | Written | null, callback?: Written): this {
    const given = typeof chunk === 'function' ? undefined : chunk
    const done = [chunk, encoding, callback].find((each): each is Written => typeof each === 'function')
    if (this.finished || this.destroyed) {
      if (this.finished && given !== undefined && given !== null) {
        this.#refuse(codedError(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end'), done)
      } else if (done !== undefined)
        process.nextTick(
          done,
          this.finished ? null : codedError(Error, 'ERR_STREAM_DESTROYED', 'Cannot call end after a stream was destroyed'),
        )
      return this
    }
    const bytes = given === undefined || given === null ? null : bytesOf(given, typeof encoding === 'string' ? encoding : 'utf8')
    if (this._header === null) {
      // All of the content is here: its length is known.
      if (!this._removedContLen && !this.hasHeader('content-length') && this.req.method !== 'HEAD' && mayHaveContent(this.statusCode))
        this.setHeader('content-length', bytes?.length ?? 0)
      this.writeHead(this.statusCode)
    }
    if (done !== undefined) this.once('finish', done)
    this.#finish(bytes)
    return this
  }

  override addTrailers(trailers: OutgoingHttpHeaders | readonly [string, string][]): void {
    const lines: string[] = []
    for (const [name, value] of Array.isArray(trailers) ? trailers : Object.entries(trailers)) addLines(lines, name, value)
    this.#trailers = lines
  }

  /** As in node:http2: adds a field to the trailer section, in the place of what it had of that name. */
  setTrailer(name: string, value: string | readonly string[]): void {
    const lines: string[] = []
    addLines(lines, name, value)
    const lower = name.toLowerCase()
    this.#trailers = [...this.#trailers.filter((_, at, all) => all[at - (at % 2)] !== lower), ...lines]
  }

  /**
   * As in node:http2 for a client that has disabled push, which those in use all have: ERR_HTTP2_PUSH_DISABLED, which `callback` hears, where node:http2 throws it,
   * so that programs go on without. `writeEarlyHints` is what has come in its place. RFC 9114 section 4.6, RFC 8297.
   */
  createPushResponse(_headers: OutgoingHttpHeaders, callback: (error: Error) => void): void {
    if (typeof callback !== 'function')
      throw codedError(TypeError, 'ERR_INVALID_ARG_TYPE', 'The "callback" argument must be of type function')
    process.nextTick(callback, codedError(Error, 'ERR_HTTP2_PUSH_DISABLED', 'The client has disabled push'))
  }

  override writeContinue(callback?: () => void): void {
    this.writeInformation(100, {}, callback)
  }

  override writeProcessing(callback?: () => void): void {
    this.writeInformation(102, {}, callback)
  }

  override writeEarlyHints(hints: Hints, callback?: () => void): void {
    if (hints.link === undefined || hints.link === null || hints.link.length === 0) return
    this.writeInformation(103, { ...hints, link: Array.isArray(hints.link) ? hints.link.join(', ') : hints.link }, callback)
  }

  // Node before 26 has it not, and who calls `writeContinue` and its like there gets it from here.
  override writeInformation(status: number, headers?: OutgoingHttpHeaders | readonly string[] | (() => void), callback?: () => void): void {
    if (this._header !== null) throw headersSent('write')
    // RFC 9114 section 4.5: HTTP/3 has no 101.
    if (!Number.isInteger(status) || status < 100 || status > 199 || status === 101)
      throw codedError(RangeError, 'ERR_HTTP_INVALID_STATUS_CODE', `Invalid status code: ${status}`)
    const lines: string[] = []
    if (Array.isArray(headers)) for (let at = 0; at < headers.length; at += 2) addLines(lines, headers[at], headers[at + 1])
    else if (typeof headers === 'object') for (const [name, value] of Object.entries(headers)) addLines(lines, name, value)
    this.#exchange.informational(status, lines)
    const done = typeof headers === 'function' ? headers : callback
    if (done !== undefined) process.nextTick(done)
  }

  /** The exchange is over, for good or not. For the conductor of the exchange alone. */
  over(): void {
    if (this._closed) return
    this.destroyed = true
    this._closed = true
    this.emit('close')
  }

  #fields(): FieldSection {
    const lines: string[] = []
    const headers = this.getHeaders()
    for (const name in headers) if (!isConnectionSpecific(name)) addLines(lines, name, headers[name])
    if (this.sendDate && headers.date === undefined) lines.push('date', new Date().toUTCString())
    const length = headers['content-length']
    this.#declared = length === undefined ? null : Number(length)
    this.#hasContent = this.req.method !== 'HEAD' && mayHaveContent(this.statusCode)
    return lines
  }

  #sendHead(endStream: boolean): void {
    if (this.#sent) return
    this.#sent = true
    this.#exchange.respond(this.statusCode, this.#head!, endStream)
  }

  #sendWhole(bytes: Uint8Array): void {
    this.#sent = true
    this.#written = bytes.length
    this.#socket.heard()
    this.#exchange.answer(this.statusCode, this.#head!, bytes)
  }

  #send(bytes: Uint8Array): boolean {
    this.#sendHead(false)
    if (!this.#hasContent || bytes.length === 0) return true
    const written = this.#written + bytes.length
    if (this.#declared !== null && written > this.#declared) throw lengthMismatch(written, this.#declared)
    this.#written = written
    this.#socket.heard()
    return this.#exchange.write(bytes)
  }

  #finish(bytes: Uint8Array | null): void {
    const isEmpty = !this.#hasContent || bytes === null || bytes.length === 0
    const isWhole = !this.#sent && this.#trailers.length === 0
    if (isWhole && isEmpty) this.#sendHead(true)
    else if (isWhole && (this.#declared === null || this.#declared === bytes!.length)) this.#sendWhole(bytes!)
    else {
      this.#send(bytes ?? EMPTY)
      // A response that breaks its own promise is malformed (RFC 9114 section 4.1.2); that is better told than ended as if it were whole.
      if (this.#hasContent && this.#declared !== null && this.#written !== this.#declared)
        return void this.destroy(lengthMismatch(this.#written, this.#declared))
      this.#exchange.end(this.#trailers.length === 0 ? undefined : this.#trailers)
    }
    this.finished = true
    this.emit('prefinish')
    process.nextTick(() => {
      this.writableFinished = true
      this.writableNeedDrain = false
      this.emit('finish')
      this.req.discard()
    })
  }

  #drain(): void {
    this.writableNeedDrain = true
    this.#exchange.drained().then(
      () => {
        this.#socket.heard()
        if (this.finished || this.destroyed) return
        this.writableNeedDrain = false
        this.emit('drain')
      },
      // The exchange is over, which is told by 'close'.
      () => undefined,
    )
  }

  #refuse(error: Error, callback: Written | undefined): void {
    process.nextTick(() => {
      callback?.(error)
      if (this.listenerCount('error') > 0) this.emit('error', error)
    })
  }
}

const KEPT = [
  'writeHead',
  'flushHeaders',
  'write',
  'end',
  'addTrailers',
  'setTrailer',
  'createPushResponse',
  'writeContinue',
  'writeProcessing',
  'writeEarlyHints',
  'writeInformation',
  'over',
] as const satisfies readonly (keyof ServerResponse)[]

const EMPTY: Uint8Array = new Uint8Array(0)

/** RFC 9110 sections 15.3.5 and 15.4.5. */
function mayHaveContent(status: number): boolean {
  return status !== 204 && status !== 304 && status >= 200
}

function bytesOf(chunk: unknown, encoding: BufferEncoding): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk, encoding)
  if (chunk instanceof Uint8Array) return chunk
  throw codedError(
    TypeError,
    'ERR_INVALID_ARG_TYPE',
    `The "chunk" argument must be of type string or an instance of Buffer or Uint8Array. Received ${chunk === null ? 'null' : typeof chunk}`,
  )
}

/** As Node's writeHead takes them: an object, pairs in a list, or names and values in turn. What is set here goes before what was set. */
function setAll(response: ServerResponse, headers: OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined): void {
  if (headers === undefined) return
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value)
    return
  }
  const flat = (headers as unknown[]).flatMap((each) => (Array.isArray(each) ? [each[0], each[1]] : [each])) as OutgoingHttpHeader[]
  if (flat.length % 2 !== 0)
    throw codedError(TypeError, 'ERR_INVALID_ARG_VALUE', 'The argument "headers" must hold names and values in turn')
  for (let at = 0; at < flat.length; at += 2) response.removeHeader(String(flat[at]))
  for (let at = 0; at < flat.length; at += 2) response.appendHeader(String(flat[at]), flat[at + 1] as string | string[])
}

function headersSent(verb: string): Error {
  return codedError(Error, 'ERR_HTTP_HEADERS_SENT', `Cannot ${verb} headers after they are sent to the client`)
}

function lengthMismatch(written: number, declared: number): Error {
  return codedError(
    Error,
    'ERR_HTTP_CONTENT_LENGTH_MISMATCH',
    `Response body's content-length of ${written} byte(s) does not match the content-length of ${declared} byte(s) set in header`,
  )
}
