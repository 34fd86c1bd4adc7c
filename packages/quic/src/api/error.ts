// What users catch. Codes are stable; the message says what happened, and what to do where that is known.
import { alertName } from '@millrace/native'
import { errorName } from '../core/errors.ts'
import type { CloseReason } from '../core/events.ts'
import { printable } from './printable.ts'

/** Stable names of what went wrong. */
export type QuicErrorCode =
  /** An option is wrong; the message names it and its range. */
  | 'ERR_QUIC_OPTION'
  /** The UDP socket could not be opened; `cause` has the system's reason. */
  | 'ERR_QUIC_LISTEN'
  /** The UDP socket is gone: something in the process closed its descriptor; `cause` has the system's reason. */
  | 'ERR_QUIC_SOCKET'
  /** The host name could not be resolved. */
  | 'ERR_QUIC_ADDRESS'
  /** The connection was closed with a code of QUIC's. */
  | 'ERR_QUIC_TRANSPORT'
  /** The connection was closed with a code of the application's. */
  | 'ERR_QUIC_APPLICATION'
  /** TLS failed for another reason than a certificate, or nobody answered in time. */
  | 'ERR_QUIC_HANDSHAKE'
  /** A certificate was not accepted. */
  | 'ERR_QUIC_CERTIFICATE'
  | 'ERR_QUIC_IDLE_TIMEOUT'
  /** The session may not move to another endpoint, or not yet. */
  | 'ERR_QUIC_MIGRATION'
  /** The peer answers at none of its addresses. */
  | 'ERR_QUIC_NO_PATH'
  /** The peer speaks no version that we speak. */
  | 'ERR_QUIC_VERSION'
  /** The peer allows no more streams now, and the caller did not want to wait. */
  | 'ERR_QUIC_STREAM_LIMIT'
  /** The peer gave up sending on the stream. */
  | 'ERR_QUIC_STREAM_RESET'
  /** The peer does not want what we send on the stream. */
  | 'ERR_QUIC_STOP_SENDING'
  /** The peer has lost its state of the connection, perhaps because it was restarted. */
  | 'ERR_QUIC_STATELESS_RESET'
  /** What was asked for is closed, or closing. */
  | 'ERR_QUIC_CLOSED'

/** What an error is made of. */
export interface QuicErrorOptions {
  /** What went wrong. */
  readonly code: QuicErrorCode
  /** Default 0. */
  readonly errorCode?: bigint
  /** Default `transport`. */
  readonly type?: 'transport' | 'application'
  /** Default none. */
  readonly reason?: string
  /** Default `local`. */
  readonly initiator?: 'local' | 'peer'
  /** What lies behind it, if it is an error of the system's or of a function that was handed in. */
  readonly cause?: unknown
}

/** What promises of sessions, streams and endpoints reject with. */
export class QuicError extends Error {
  /** Always `QuicError`. */
  override readonly name = 'QuicError'
  /** Stable, to decide by. */
  readonly code: QuicErrorCode
  /** The code on the wire; 0 where none was sent. */
  readonly errorCode: bigint
  /** Whose code it is. */
  readonly type: 'transport' | 'application'
  /** The sentence that came with it, as it came: of a peer's, print `message`, in which nothing is left that could forge a line of a log. */
  readonly reason: string
  /** Who ended it. */
  readonly initiator: 'local' | 'peer'

  constructor(message: string, options: QuicErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = options.code
    this.errorCode = options.errorCode ?? 0n
    this.type = options.type ?? 'transport'
    this.reason = options.reason ?? ''
    this.initiator = options.initiator ?? 'local'
  }
}

/** TLS alerts that are about a certificate. RFC 8446 section 6.2. */
const CERTIFICATE_ALERTS: ReadonlySet<number> = new Set([42, 43, 44, 45, 46, 48, 113, 116])
const CRYPTO_ERROR = 0x100

/** The error for the end of a connection, or null when it ended in peace. @internal */
export function closeError(end: CloseReason): QuicError | null {
  switch (end.type) {
    case 'idleTimeout':
      return new QuicError(`The peer was silent for ${end.afterMillis} ms.`, { code: 'ERR_QUIC_IDLE_TIMEOUT' })
    case 'handshakeTimeout':
      return new QuicError(`No connection within ${end.afterMillis} ms: nobody answers there, or UDP is blocked on the way.`, {
        code: 'ERR_QUIC_HANDSHAKE',
      })
    case 'versionMismatch': {
      const offered = end.offered.map((version) => `0x${version.toString(16)}`).join(', ')
      return new QuicError(`The peer speaks no version of QUIC that we do; it offers ${offered}.`, {
        code: 'ERR_QUIC_VERSION',
        initiator: 'peer',
      })
    }
    case 'noPath':
      return new QuicError('The peer moved to an address at which it does not answer.', { code: 'ERR_QUIC_NO_PATH' })
    case 'statelessReset':
      return new QuicError('The peer has forgotten the connection: it was restarted, or lost its state.', {
        code: 'ERR_QUIC_STATELESS_RESET',
        initiator: 'peer',
      })
    case 'closed':
      return end.code === 0n ? null : closedError(end)
  }
}

function closedError(end: Extract<CloseReason, { type: 'closed' }>): QuicError {
  const { code: errorCode, initiator, reason, layer, cause } = end
  const who = initiator === 'peer' ? 'The peer closed the connection' : 'The connection was closed here'
  const why = reason === '' ? '' : `: ${printable(reason)}`
  const common = { errorCode, initiator, reason, type: layer, cause }
  if (layer === 'application') return new QuicError(`${who} with code ${errorCode}${why}`, { ...common, code: 'ERR_QUIC_APPLICATION' })
  const alert = Number(errorCode) - CRYPTO_ERROR
  const isAlert = alert >= 0 && alert <= 0xff
  const code = !isAlert ? 'ERR_QUIC_TRANSPORT' : CERTIFICATE_ALERTS.has(alert) ? 'ERR_QUIC_CERTIFICATE' : 'ERR_QUIC_HANDSHAKE'
  const name = isAlert ? `CRYPTO_ERROR (${alertName(alert)})` : errorName(errorCode)
  return new QuicError(`${who} with ${name}${why}`, { ...common, code })
}

/** @internal */
export function closedAlready(what: string): QuicError {
  return new QuicError(`The ${what} is closed.`, { code: 'ERR_QUIC_CLOSED' })
}
