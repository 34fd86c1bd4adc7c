// One request on one HTTP/3 stream. RFC 9114 section 4.1.
import { Buffer } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { errors } from 'undici'
import { type FieldSection, fieldValue } from '../core/fields/field-section.ts'
import { HTTP3_ERRORS } from '../core/wire/http3-error.ts'
import { HttpError } from '../session/error.ts'
import type { Http3Session } from '../session/http3-session.ts'
import type { Http3Stream } from '../session/http3-stream.ts'
import { JOINED } from '../session/sending-half.ts'
import type { Call, Carrier } from './call.ts'
import type { Clock } from './clock.ts'
import { IdleTimer } from './idle-timer.ts'
import { MAX_INTERIM_RESPONSES, MAX_RETRIES } from './limits.ts'
import type { Borrower, PooledSession } from './pooled-session.ts'
import type { RequestBody } from './request-body.ts'
import { headersOf, rawHeadersOf } from './response-fields.ts'

/** What a carrier by HTTP/3 needs beside the call. */
export interface Http3CarrierOptions {
  readonly session: PooledSession
  readonly fields: FieldSection
  readonly body: RequestBody | null
  /** It may be sent before the handshake is done. */
  readonly mayBeEarly: boolean
  readonly headersTimeout: number
  readonly bodyTimeout: number
  readonly clock: Clock
  /**
   * Hears the final response, and says whether it is to be had anew: `anew` by HTTP/3 or whatever, `fallback` by HTTP/2 or 1.1. Its content is then let go.
   */
  readonly onresponse: (status: number, headers: IncomingHttpHeaders, wasEarly: boolean) => Verdict
  /** It could not carry the request, which nobody else has either. */
  readonly onfailed: (error: Error) => void
  /** The request was claimed, and is given back. */
  readonly onagain: (verdict: Exclude<Verdict, 'take'>, error: unknown) => void
}

/** What becomes of a response. */
export type Verdict = 'take' | 'anew' | 'fallback'

/** Sends the call's request and hands on the response. Resolves when it is over; never rejects. */
export async function carryByHttp3(call: Call, options: Http3CarrierOptions): Promise<void> {
  const { session } = options
  const carrier = new Http3Carrier(call, options)
  const giveBack = session.borrow(carrier)
  const waiting = session.slots.take()
  if (waiting !== undefined) await waiting
  try {
    if (!call.ended) await carrier.run()
  } finally {
    session.slots.release()
    giveBack()
  }
}

class Http3Carrier implements Carrier, Borrower {
  readonly #call: Call
  readonly #options: Http3CarrierOptions
  #stream: Http3Stream | null = null
  #timer: IdleTimer | null = null
  #wasEarly = false
  #hasLeft = false
  #interim = 0
  #resumed: (() => void) | null = null

  constructor(call: Call, options: Http3CarrierOptions) {
    this.#call = call
    this.#options = options
  }

  abort(): void {
    this.#timer?.stop()
    this.#stream?.destroy('H3_REQUEST_CANCELLED')
    this.resume()
  }

  resume(): void {
    this.#timer?.touch()
    this.#resumed?.()
    this.#resumed = null
  }

  /** What has not been sent, or may be processed twice (RFC 9110 section 9.2.2), goes another way; the rest can only be waited for. */
  leave(): void {
    const error = new errors.InformationalError('the server is not heard of by HTTP/3 any more')
    if (this.#call.ended || this.#hasLeft) return
    if (!this.#call.isCarriedBy(this)) {
      this.#hasLeft = true
      this.#options.onfailed(error)
    } else if (this.#mayLeave()) {
      this.#hasLeft = true
      this.#stream?.destroy('H3_REQUEST_CANCELLED')
      this.#again('fallback', error)
    }
  }

  #mayLeave(): boolean {
    const { responded, retries, options } = this.#call
    const { body } = this.#options
    if (responded || retries >= MAX_RETRIES || (body !== null && !body.isReplayable)) return false
    return this.#stream === null || isIdempotent(options.method)
  }

  async run(): Promise<void> {
    if (this.#hasLeft) return
    try {
      const stream = await this.#begin()
      if (stream === null) return
      void this.#send(stream)
      await this.#receive(stream)
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#timer?.stop()
    }
  }

  // ---- sending

  /** The stream with the request's fields on it; null if the request is somebody else's. */
  async #begin(): Promise<Http3Stream | null> {
    const { session, mayBeEarly, body, fields } = this.#options
    if (!session.isOpen && mayBeEarly) return this.#beginEarly(await session.connected)
    const opened = await session.opened
    if (this.#hasLeft || !this.#call.claim(this)) return null
    const content = this.#whole()
    const beginning = content === null ? { endStream: body === null } : { endStream: true, content }
    const stream = this.#listened(await opened.request(fields, beginning))
    if (!this.#hasLeft) return this.#opened(stream)
    stream.destroy('H3_REQUEST_CANCELLED')
    return null
  }

  /**
   * As 0-RTT, or in line for the end of the handshake; claimed when that is done. If another is connected before, it sends the same: what changes nothing may be
   * asked twice.
   */
  async #beginEarly(session: Http3Session): Promise<Http3Stream | null> {
    const { fields, session: pooled } = this.#options
    this.#wasEarly = !pooled.isOpen
    const requested = session.request(fields, { endStream: true }).then((stream) => this.#listened(stream))
    // Should it fail before, the handshake's failure is the reason.
    requested.catch(() => {})
    await pooled.opened
    const stream = await requested
    if (!this.#hasLeft && this.#call.claim(this)) return this.#opened(stream)
    stream.destroy('H3_REQUEST_CANCELLED')
    return null
  }

  /** Interim responses may come as soon as the request is sent. */
  #listened(stream: Http3Stream): Http3Stream {
    const informed = (fields: FieldSection): void => this.#informed(stream, fields)
    stream.oninformational = informed
    return stream
  }

  #opened(stream: Http3Stream): Http3Stream {
    this.#stream = stream
    const { clock, headersTimeout } = this.#options
    this.#timer = new IdleTimer(clock, headersTimeout, () => this.#call.abort(new errors.HeadersTimeoutError()))
    if (this.#call.ended) this.abort()
    return stream
  }

  /** The content. What the server does not want is not its loss: the response tells. RFC 9114 section 4.1. */
  async #send(stream: Http3Stream): Promise<void> {
    const { body } = this.#options
    let isWriting = false
    try {
      const whole = this.#whole()
      if (whole !== null) this.#call.bodySent(whole)
      else if (body !== null) {
        let sent = 0
        for await (const chunk of body.chunks()) {
          if (!this.#call.isCarriedBy(this)) return
          const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
          sent += bytes.byteLength
          this.#checkLength(sent, false)
          isWriting = true
          if (!stream.writeSync(bytes)) await stream.drained()
          isWriting = false
          this.#timer?.touch()
          this.#call.bodySent(bytes)
        }
        this.#checkLength(sent, true)
        isWriting = true
        stream.end()
      }
      this.#timer?.touch()
      this.#call.requestSent()
    } catch (error) {
      if (!isWriting && this.#call.isCarriedBy(this)) this.#call.abort(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** The content, where it leaves with the fields: at hand, small, and as long as it is said to be. */
  #whole(): Uint8Array | null {
    const { body, fields } = this.#options
    const said = fieldValue(fields, 'content-length')
    const whole = body?.whole ?? null
    return whole === null || whole.length > JOINED || (said !== undefined && Number(said) !== whole.length) ? null : whole
  }

  /** Content must be as long as it was said to be. RFC 9114 section 4.1.2. */
  #checkLength(sent: number, isAll: boolean): void {
    const said = fieldValue(this.#options.fields, 'content-length')
    if (said !== undefined && (sent > Number(said) || (isAll && sent < Number(said)))) throw new errors.RequestContentLengthMismatchError()
  }

  // ---- receiving

  #informed(stream: Http3Stream, fields: FieldSection): void {
    this.#timer?.touch()
    if (++this.#interim > MAX_INTERIM_RESPONSES) {
      stream.destroy('H3_EXCESSIVE_LOAD')
      this.#call.abort(new errors.HeadersOverflowError(`more than ${MAX_INTERIM_RESPONSES} interim responses`))
      return
    }
    // A response that has begun is as good as a connection; of another's request it tells nobody.
    if (!this.#call.claim(this)) return
    this.#call.rawHeaders = rawHeadersOf(fields)
    this.#call.response('h3', Number(fieldValue(fields, ':status')), headersOf(fields), '')
  }

  async #receive(stream: Http3Stream): Promise<void> {
    const fields = await stream.response()
    this.#timer?.stop()
    const [status, headers] = [Number(fieldValue(fields, ':status')), headersOf(fields)]
    const verdict = this.#options.onresponse(status, headers, this.#wasEarly)
    if (verdict !== 'take') {
      stream.destroy('H3_REQUEST_CANCELLED')
      this.#again(verdict, new Error(`the response was ${status}`))
      return
    }
    const { clock, bodyTimeout } = this.#options
    const timer = new IdleTimer(clock, bodyTimeout, () => this.#call.abort(new errors.BodyTimeoutError()))
    this.#timer = timer
    this.#call.rawHeaders = rawHeadersOf(fields)
    this.#call.response('h3', status, headers, '')
    if (this.#call.paused) await this.#untilResumed(timer)
    while (true) {
      let chunk = stream.readSync()
      if (chunk === undefined) chunk = await stream.read()
      if (chunk === null) break
      timer.touch()
      this.#call.data(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
      if (this.#call.paused) await this.#untilResumed(timer)
      if (this.#call.ended) return
    }
    this.#finish(stream.trailers ?? [])
  }

  #finish(trailers: FieldSection): void {
    this.#timer?.stop()
    this.#call.rawTrailers = rawHeadersOf(trailers)
    this.#call.end(headersOf(trailers))
  }

  /** Nothing is read while the user has enough, so nothing is credited to the server. */
  async #untilResumed(timer: IdleTimer): Promise<void> {
    while (this.#call.paused && !this.#call.ended) {
      timer.hold()
      await new Promise<void>((resolve) => (this.#resumed = resolve))
    }
  }

  // ---- when it fails

  #failed(cause: unknown): void {
    if (this.#call.ended || this.#hasLeft) return
    const error = cause instanceof Error ? cause : new Error(String(cause))
    if (!this.#call.isCarriedBy(this)) this.#options.onfailed(error)
    else if (isFallback(cause)) this.#again('fallback', error)
    else if (this.#mayBeSentAgain(cause)) this.#again('anew', error)
    else this.#call.fail(error)
  }

  /**
   * Certainly not processed, whatever it asks (RFC 9114 section 4.1.1); or the session ended under it, and it may be processed twice (RFC 9110 section 9.2.2).
   */
  #mayBeSentAgain(error: unknown): boolean {
    if (this.#call.responded || !(error instanceof HttpError)) return false
    // Without a stream nothing was sent.
    if (error.retryable || this.#stream === null) return true
    return error.code === 'ERR_HTTP3_CLOSED' && isIdempotent(this.#call.options.method)
  }

  #again(verdict: Exclude<Verdict, 'take'>, error: unknown): void {
    this.#call.release(this)
    this.#options.onagain(verdict, error)
  }
}

function isIdempotent(method: string): boolean {
  return ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY'].includes(method)
}

/** "The peer should retry over HTTP/1.1." RFC 9114 section 8.1. */
function isFallback(error: unknown): boolean {
  return error instanceof HttpError && error.errorCode === BigInt(HTTP3_ERRORS.H3_VERSION_FALLBACK)
}
