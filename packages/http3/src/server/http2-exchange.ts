// An exchange on a stream of HTTP/2, as node:http2 has it. RFC 9113 section 8.
import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { FieldSection } from '../core/fields/field-section.ts'
import { type Settled, settled } from '../settled.ts'
import { type Exchange, type Peer, type RequestHead, type ResetReason, requestHead } from './exchange.ts'
import { DISCARDED_CONTENT } from './limits.ts'

/** HTTP/2's code for each of HTTP/3's. RFC 9113 section 7. */
const CODES: Readonly<Record<ResetReason, number>> = {
  H3_NO_ERROR: constants.NGHTTP2_NO_ERROR,
  H3_INTERNAL_ERROR: constants.NGHTTP2_INTERNAL_ERROR,
  H3_REQUEST_REJECTED: constants.NGHTTP2_REFUSED_STREAM,
  H3_REQUEST_CANCELLED: constants.NGHTTP2_CANCEL,
  H3_MESSAGE_ERROR: constants.NGHTTP2_PROTOCOL_ERROR,
  H3_CONNECT_ERROR: constants.NGHTTP2_CONNECT_ERROR,
}

/** What a stream of HTTP/2 is to those who serve. */
export class Http2Exchange implements Exchange {
  readonly version = '2.0'
  readonly head: RequestHead
  readonly early = false
  readonly contentless: boolean
  readonly closed: Promise<void>
  readonly #stream: ServerHttp2Stream
  readonly peer: Peer
  readonly #aborting = new AbortController()
  #readable: Settled<void> | null = null
  #trailers: FieldSection | null = null
  #trailersToSend: FieldSection | null = null

  /** `section` holds the field lines as they came. */
  constructor(stream: ServerHttp2Stream, section: FieldSection, flags: number, peer: Peer) {
    this.#stream = stream
    this.peer = peer
    this.head = requestHead(section)
    this.contentless = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    const closed = settled<void>()
    this.closed = closed.promise
    const wakeReader = (): void => this.#wakeReader()
    stream
      .on('readable', wakeReader)
      .on('end', wakeReader)
      .on('trailers', (_: IncomingHttpHeaders, __: number, lines: string[]) => (this.#trailers = lines))
      .on('wantTrailers', () => this.#sendTrailers())
      // What went wrong is told by 'close', which always follows.
      .on('error', () => undefined)
      .on('close', () => {
        wakeReader()
        // Both directions were heard out: else somebody gave up. RFC 9113 section 5.1.
        if (stream.rstCode === constants.NGHTTP2_NO_ERROR && stream.writableFinished) return closed.resolve()
        this.#aborting.abort()
        closed.reject(gaveUp(stream))
      })
  }

  get signal(): AbortSignal {
    return this.#aborting.signal
  }

  get trailers(): FieldSection | null {
    return this.#trailers
  }

  async read(): Promise<Uint8Array | null> {
    const stream = this.#stream
    while (true) {
      const chunk: Uint8Array | null = stream.read()
      if (chunk !== null) return chunk
      if (stream.readableEnded) return null
      if (stream.destroyed) throw gaveUp(stream)
      this.#readable ??= settled()
      await this.#readable.promise
    }
  }

  informational(status: number, fields: FieldSection): void {
    if (!this.#stream.destroyed) this.#stream.additionalHeaders({ ':status': status, ...asHeaders(fields) })
  }

  respond(status: number, fields: FieldSection, endStream: boolean): void {
    if (this.#stream.destroyed) return
    // Trailers may follow whatever was said before: whether there are any is known at the end.
    this.#stream.respond({ ':status': status, ...asHeaders(fields) }, { endStream, waitForTrailers: !endStream })
  }

  answer(status: number, fields: FieldSection, content: Uint8Array): void {
    this.respond(status, fields, false)
    this.write(content)
    this.end()
  }

  write(chunk: Uint8Array): boolean {
    return this.#stream.destroyed || this.#stream.write(chunk)
  }

  drained(): Promise<void> {
    const stream = this.#stream
    return new Promise((resolve, reject) => {
      if (!stream.writableNeedDrain) return resolve()
      const finish = (): void => {
        stream.off('drain', finish).off('close', finish)
        if (stream.destroyed) reject(gaveUp(stream))
        else resolve()
      }
      stream.on('drain', finish).on('close', finish)
    })
  }

  end(trailers?: FieldSection): void {
    if (trailers !== undefined) this.#trailersToSend = trailers
    if (!this.#stream.destroyed) this.#stream.end()
  }

  stopReading(): void {
    const stream = this.#stream
    let size = 0
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= DISCARDED_CONTENT) return
      stream.pause()
      // The response may still be on its way out; RST_STREAM would cut it off.
      if (stream.writableFinished) stream.close(constants.NGHTTP2_NO_ERROR)
      else stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR))
    })
  }

  reset(reason: ResetReason): void {
    const stream = this.#stream
    if (stream.destroyed) return
    // `close` ends the content first, as if it were whole; `destroy` cuts it off, with INTERNAL_ERROR.
    if (stream.headersSent) stream.destroy(new Error(`The exchange was given up with ${reason}.`))
    else stream.close(CODES[reason])
  }

  #sendTrailers(): void {
    this.#stream.sendTrailers(asHeaders(this.#trailersToSend ?? []))
  }

  #wakeReader(): void {
    const waiting = this.#readable
    this.#readable = null
    waiting?.resolve()
  }
}

function gaveUp(stream: ServerHttp2Stream): Error {
  return Object.assign(new Error(`The stream was given up with code ${stream.rstCode}.`), { code: 'ECONNRESET' })
}

/** node:http2 takes fields by name, several lines of one name as a list. */
export function asHeaders(fields: FieldSection): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = {}
  for (let at = 0; at < fields.length; at += 2) {
    const [name, value] = [fields[at]!, fields[at + 1]!]
    const earlier = headers[name]
    if (earlier === undefined) headers[name] = value
    else if (typeof earlier === 'string') headers[name] = [earlier, value]
    else earlier.push(value)
  }
  return headers
}
