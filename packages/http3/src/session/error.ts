// What users catch. Codes are stable; the message says what happened.
import { QuicError } from '@millrace/quic'
import { HTTP3_ERRORS, Http3Error, http3ErrorName } from '../core/wire/http3-error.ts'

/** Stable names of what went wrong. */
export type HttpErrorCode =
  /** An option, or an argument, is wrong. */
  | 'ERR_HTTP3_OPTION'
  /** A field section that no peer would accept: the message names the rule. */
  | 'ERR_HTTP3_FIELDS'
  /** It may not be done now: a second response, content after the end. */
  | 'ERR_HTTP3_STATE'
  /** The peer took no notice of the request: it may be sent again elsewhere, whatever its method. RFC 9114 sections 4.1.1 and 5.2. */
  | 'ERR_HTTP3_REFUSED'
  /** The peer gave up sending on the stream. */
  | 'ERR_HTTP3_RESET'
  /** The peer wants no more of what we send on the stream. */
  | 'ERR_HTTP3_STOPPED'
  /** We gave the stream up. */
  | 'ERR_HTTP3_CANCELLED'
  /** The peer broke a rule of HTTP/3; `cause` has the rule. */
  | 'ERR_HTTP3_PROTOCOL'
  /** The session has ended, or is ending; `cause` has the reason if there was one. */
  | 'ERR_HTTP3_CLOSED'
  /** A proxy did not open a UDP tunnel; the message has its status, and what it said of the reason. RFC 9298 section 3. */
  | 'ERR_HTTP3_TUNNEL'

/** What an error is made of. */
export interface HttpErrorOptions {
  readonly code: HttpErrorCode
  /** The code on the wire. Default 0: none. */
  readonly errorCode?: number | bigint
  /** Default false. */
  readonly retryable?: boolean
  readonly cause?: unknown
}

/** What promises of HTTP/3 sessions and streams reject with, and their methods throw. */
export class HttpError extends Error {
  /** Always `HttpError`. */
  override readonly name = 'HttpError'
  /** Stable, to decide by. */
  readonly code: HttpErrorCode
  /** The code on the wire, as RFC 9114 section 8.1 has them; 0 where none was sent. */
  readonly errorCode: bigint
  /** The request was certainly not processed, so that sending it again is safe whatever it asks. */
  readonly retryable: boolean

  constructor(message: string, { code, errorCode = 0, retryable = false, cause }: HttpErrorOptions) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.errorCode = BigInt(errorCode)
    this.retryable = retryable
  }
}

/** The peer gave up on a stream's other direction, or refused the whole. */
export function resetByPeer(id: bigint, code: bigint): HttpError {
  const retryable = code === BigInt(HTTP3_ERRORS.H3_REQUEST_REJECTED)
  return new HttpError(`The peer gave up on stream ${id} with ${http3ErrorName(code)}.`, {
    code: retryable ? 'ERR_HTTP3_REFUSED' : 'ERR_HTTP3_RESET',
    errorCode: code,
    retryable,
  })
}

export function stoppedByPeer(id: bigint, code: bigint): HttpError {
  const retryable = code === BigInt(HTTP3_ERRORS.H3_REQUEST_REJECTED)
  return new HttpError(`The peer wants no more on stream ${id}: ${http3ErrorName(code)}.`, {
    code: retryable ? 'ERR_HTTP3_REFUSED' : 'ERR_HTTP3_STOPPED',
    errorCode: code,
    retryable,
  })
}

/** The peer's GOAWAY names this request, or one before it. RFC 9114 section 5.2. */
export function refusedByGoaway(): HttpError {
  return new HttpError('The peer is shutting down and has not processed the request: it may be sent again on another connection.', {
    code: 'ERR_HTTP3_REFUSED',
    errorCode: HTTP3_ERRORS.H3_REQUEST_REJECTED,
    retryable: true,
  })
}

export function cancelledHere(id: bigint, errorCode: bigint): HttpError {
  return new HttpError(`Stream ${id} was given up here with ${http3ErrorName(errorCode)}.`, { code: 'ERR_HTTP3_CANCELLED', errorCode })
}

/** What the peer did wrong, as users see it. */
export function protocolError(error: Http3Error): HttpError {
  return new HttpError(error.message, { code: 'ERR_HTTP3_PROTOCOL', errorCode: error.wireCode, cause: error })
}

/** The session has ended, for that reason if it was no peaceful one. */
export function sessionClosed(cause?: unknown): HttpError {
  const errorCode = cause instanceof QuicError ? cause.errorCode : 0
  const why = cause instanceof Error ? ` ${cause.message}` : ''
  return new HttpError(`The session is closed.${why}`, { code: 'ERR_HTTP3_CLOSED', errorCode, cause })
}

export function wrongState(what: string): HttpError {
  return new HttpError(what, { code: 'ERR_HTTP3_STATE' })
}

/** Runs a check of a section that is to be sent; what it finds is the caller's fault. */
export function asFields<T>(check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (error instanceof Http3Error)
      throw new HttpError(`These fields cannot be sent: ${error.reason}.`, { code: 'ERR_HTTP3_FIELDS', cause: error })
    throw error
  }
}

/** A code of RFC 9114 section 8.1 by its name, or a number: 0 to 2^62 - 1. */
export type StreamCode = keyof typeof HTTP3_ERRORS | number | bigint

export function wireCode(code: StreamCode): bigint {
  return BigInt(typeof code === 'string' ? HTTP3_ERRORS[code] : code)
}
