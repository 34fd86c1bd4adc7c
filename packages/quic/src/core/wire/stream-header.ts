// The head of a STREAM frame, for the hot path: no frame object is made, and the data stays where it arrived. RFC 9000 section 19.8.
import { type Reader, varintSize, type Writer } from '@millrace/bytes'
import { TransportViolation } from '../errors.ts'
import { asViolation } from './frames/kind.ts'
import { readStreamId } from './stream-id.ts'

/** 0x08 to 0x0f: the three low bits are flags. */
export const STREAM_TYPE = 0x08
const OFFSET_PRESENT = 0x04
const LENGTH_PRESENT = 0x02
const FIN = 0x01

export function isStreamType(frameType: number): boolean {
  return (frameType & ~0x07) === STREAM_TYPE
}

/** Filled by `decodeStreamHeader`; made once and used for every frame. */
export class StreamHeader {
  stream = 0
  offset = 0
  /** Bytes of data. */
  length = 0
  fin = false
}

/**
 * Reads what follows the frame type and leaves the reader at the data, all of which is there.
 * Throws TransportViolation: FRAME_ENCODING_ERROR when cut short, FLOW_CONTROL_ERROR or STREAM_LIMIT_ERROR for values that no limit of ours permits.
 */
export function decodeStreamHeader(reader: Reader, frameType: number, into: StreamHeader): void {
  try {
    into.stream = readStreamId(reader, frameType)
    into.offset = (frameType & OFFSET_PRESENT) === 0 ? 0 : reader.varint()
    into.length = (frameType & LENGTH_PRESENT) === 0 ? reader.remaining : reader.varint()
    into.fin = (frameType & FIN) !== 0
  } catch (error) {
    throw asViolation(error, frameType)
  }
  // The RFC's bound is 2^62 - 1, but credit is counted in numbers and never goes past 2^53 - 1: both breaches are a FLOW_CONTROL_ERROR.
  if (into.length > reader.remaining || into.offset + into.length > Number.MAX_SAFE_INTEGER) throw beyond(into, reader, frameType)
}

/** Data beyond the end of its packet, or of every stream. */
function beyond({ length }: StreamHeader, { remaining }: Reader, frameType: number): TransportViolation {
  if (length <= remaining) return new TransportViolation('FLOW_CONTROL_ERROR', 'stream data lies beyond every limit', frameType)
  return new TransportViolation('FRAME_ENCODING_ERROR', `${length} bytes of stream data promised, ${remaining} there`, frameType)
}

/** Bytes of the head, frame type included. `length` is -1 for a frame that runs to the end of the packet. */
export function streamHeaderSize(stream: number, offset: number, length: number): number {
  return 1 + varintSize(stream) + (offset === 0 ? 0 : varintSize(offset)) + (length < 0 ? 0 : varintSize(length))
}

/** The first offset beyond this one at which the head of a frame that runs to the end of the packet is longer. */
export function longerHeaderFrom(offset: number): number {
  return offset === 0 ? 1 : VARINT_END[varintSize(offset)]
}

/** Where the varints of so many bytes end: two of their bits say how long they are. RFC 9000 section 16. */
const VARINT_END = { 1: 2 ** 6, 2: 2 ** 14, 4: 2 ** 30, 8: 2 ** 62 } as const

/** Writes the head; the data goes after it. `length` is -1 for a frame that runs to the end of the packet. */
export function writeStreamHeader(writer: Writer, stream: number, offset: number, length: number, fin: boolean): void {
  writer.u8(STREAM_TYPE | (offset === 0 ? 0 : OFFSET_PRESENT) | (length < 0 ? 0 : LENGTH_PRESENT) | (fin ? FIN : 0))
  writer.varint(stream)
  if (offset !== 0) writer.varint(offset)
  if (length >= 0) writer.varint(length)
}
