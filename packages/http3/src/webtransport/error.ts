// What streams and promises of WebTransport fail with. W3C WebTransport, "WebTransportError Interface".
import { QuicError } from '@millrace/quic'
import { fromHttpCode, SESSION_GONE, toHttpCode } from '../core/webtransport/wire.ts'

/** What a WebTransportError is about. */
export interface WebTransportErrorOptions {
  /** Default `stream`. */
  readonly source?: 'stream' | 'session'
  /** The application's code, 0 to 4294967295; null for none, the default. */
  readonly streamErrorCode?: number | null
}

/** What streams and promises of WebTransport fail with, as in browsers. */
export class WebTransportError extends DOMException {
  readonly #source: 'stream' | 'session'
  readonly #streamErrorCode: number | null

  /** Throws TypeError for an unknown source. A code beyond the range becomes the nearest within it. */
  constructor(message = '', { source = 'stream', streamErrorCode = null }: WebTransportErrorOptions = {}) {
    super(message, 'WebTransportError')
    // Node 24 makes a DOMException of every subclass.
    Object.setPrototypeOf(this, new.target.prototype)
    if (source !== 'stream' && source !== 'session') throw new TypeError(`source is ${String(source)}; it may be stream or session.`)
    this.#source = source
    this.#streamErrorCode = streamErrorCode === null ? null : Math.min(Math.max(Math.trunc(streamErrorCode) || 0, 0), 0xffff_ffff)
  }

  /** Whether it is a stream that failed, or the whole session. */
  get source(): 'stream' | 'session' {
    return this.#source
  }

  /** The application's code that a stream was given up with; null for none. */
  get streamErrorCode(): number | null {
    return this.#streamErrorCode
  }
}

/** What was asked for cannot be had of a session that has ended. */
export function invalidState(message = 'The session has ended.'): DOMException {
  return new DOMException(message, 'InvalidStateError')
}

/** The session has ended, or could not begin. */
export function sessionError(message: string): WebTransportError {
  return new WebTransportError(message, { source: 'session' })
}

/** The peer gave a stream up, or wants no more of it, with this code. */
export function streamError(what: string, code: bigint): WebTransportError {
  if (code === BigInt(SESSION_GONE)) return sessionError('The session has ended.')
  return new WebTransportError(what, { streamErrorCode: fromHttpCode(code) })
}

/** What reading or writing failed with, as applications see it. */
export function asWebTransportError(error: unknown): unknown {
  if (!(error instanceof QuicError)) return error
  if (error.code === 'ERR_QUIC_STREAM_RESET') return streamError('The peer gave up sending.', error.errorCode)
  if (error.code === 'ERR_QUIC_STOP_SENDING') return streamError('The peer wants no more.', error.errorCode)
  return sessionError('The session has ended.')
}

/** The code on the wire for what an application gave a stream up with: 0 unless it is a WebTransportError that has one. */
export function abortCode(reason: unknown): bigint {
  return toHttpCode(reason instanceof WebTransportError ? (reason.streamErrorCode ?? 0) : 0)
}
