// What every frame says of itself: one row of the frame table. RFC 9000 section 12.4, Table 3.
import { BytesError, type Reader, type Writer } from '@millrace/bytes'
import type { Level } from '../../crypto/level.ts'
import { TransportViolation } from '../../errors.ts'

export interface FrameKind<F> {
  /** The RFC's name. */
  readonly name: string
  /** The frame types that carry it; more than one where low bits are flags. */
  readonly wire: readonly number[]
  /** Packets in which it may stand. */
  readonly levels: readonly Level[]
  /** Frame types for which fewer levels hold. */
  readonly narrowed?: Readonly<Record<number, readonly Level[]>>
  /** False where the table says N: a packet of such frames alone is not acknowledged. */
  readonly ackEliciting: boolean
  /** True where the table says P: may probe a new path. RFC 9000 section 9.1. */
  readonly probing: boolean
  /** Reads what follows the frame type, which has been read. Throws TransportViolation on bad values and BytesError where bytes are missing. */
  decode(reader: Reader, type: number): F
  /** Bytes that `encode` will write, frame type included. */
  size(frame: F): number
  encode(frame: F, writer: Writer): void
}

/** IH01 */
export const EVERY_LEVEL: readonly Level[] = ['initial', 'handshake', '0rtt', '1rtt']
/** IH_1 */
export const EVERY_LEVEL_BUT_0RTT: readonly Level[] = ['initial', 'handshake', '1rtt']
/** __01 */
export const APPLICATION_LEVELS: readonly Level[] = ['0rtt', '1rtt']
/** ___1 */
export const ONLY_1RTT: readonly Level[] = ['1rtt']

/** What to throw for an error met while decoding: bytes that are missing make the frame malformed, anything else stays what it is. */
export function asViolation(error: unknown, frameType: number): unknown {
  if (!(error instanceof BytesError)) return error
  return new TransportViolation('FRAME_ENCODING_ERROR', `frame 0x${frameType.toString(16)} is cut short: ${error.message}`, frameType)
}
