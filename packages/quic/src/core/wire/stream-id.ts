// Stream ids and stream counts as they stand in frames. RFC 9000 sections 2.1 and 4.6.
import type { Reader } from '@millrace/bytes'
import { TransportViolation } from '../errors.ts'

/** The most streams of one kind that a stream id can number: 2^60. RFC 9000 section 4.6. */
export const MAX_STREAM_COUNT: bigint = 1n << 60n

/**
 * Reads a stream id. Ids of 2^53 - 1 and above are refused at once with STREAM_LIMIT_ERROR: as numbers they would lose the two low bits, which say whose
 * stream it is, and no limit that we grant reaches there.
 */
export function readStreamId(reader: Reader, frameType: number): number {
  const id = reader.varint()
  if (id === Number.MAX_SAFE_INTEGER) throw new TransportViolation('STREAM_LIMIT_ERROR', 'stream id is beyond every limit', frameType)
  return id
}

/** Reads a count of streams. Above 2^60 it is a FRAME_ENCODING_ERROR; above 2^53 - 1 it saturates, since nobody opens that many. */
export function readStreamCount(reader: Reader, frameType: number): number {
  const count = reader.varintExact()
  if (count > MAX_STREAM_COUNT)
    throw new TransportViolation('FRAME_ENCODING_ERROR', `${count} streams are more than ids can number`, frameType)
  return Math.min(Number(count), Number.MAX_SAFE_INTEGER)
}
