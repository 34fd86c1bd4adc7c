// What goes wrong with a connection, as the frame that closes it tells the peer. RFC 9000 section 11.1.
import { BytesError } from '@millrace/bytes'
import { cryptoError, TRANSPORT_ERRORS, TransportViolation } from './errors.ts'
import { HandshakeFailure } from './handshake.ts'
import type { FrameOf } from './wire/frames/index.ts'

export interface Fault {
  readonly frame: FrameOf<'connectionClose'>
  /** A defect of ours, which the peer is not told. */
  readonly cause?: unknown
}

/** The peer broke a rule, TLS refused, or we have a defect. */
export function faultOf(error: unknown): Fault {
  if (error instanceof TransportViolation) return fault(error.code, error.reason, error.frameType)
  if (error instanceof HandshakeFailure) return fault(cryptoError(error.alert), error.message)
  if (error instanceof BytesError) return fault(TRANSPORT_ERRORS.FRAME_ENCODING_ERROR, error.message)
  return { ...fault(TRANSPORT_ERRORS.INTERNAL_ERROR, 'internal error'), cause: error }
}

function fault(code: number, reason: string, frameType = 0): Fault {
  return { frame: { type: 'connectionClose', layer: 'transport', code: BigInt(code), frameType, reason } }
}
