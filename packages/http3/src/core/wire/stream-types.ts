// The first varint of a unidirectional stream says what it is for. RFC 9114 section 6.2, RFC 9204 section 4.2.

/** One type of stream. */
export interface StreamType {
  readonly name: string
  readonly type: number
  /** In the words of draft-ietf-quic-qlog-h3-events. */
  readonly logged: string
  /** There is one in each direction, and it lives as long as the connection: its end is H3_CLOSED_CRITICAL_STREAM. */
  readonly critical: boolean
}

export const CONTROL_STREAM = 0x00
export const PUSH_STREAM = 0x01
export const ENCODER_STREAM = 0x02
export const DECODER_STREAM = 0x03

/** Those with a meaning here. */
export const STREAM_TYPES: readonly StreamType[] = [
  { name: 'control', type: CONTROL_STREAM, logged: 'control', critical: true },
  { name: 'push', type: PUSH_STREAM, logged: 'push', critical: false },
  { name: 'QPACK encoder', type: ENCODER_STREAM, logged: 'qpack_encode', critical: true },
  { name: 'QPACK decoder', type: DECODER_STREAM, logged: 'qpack_decode', critical: true },
]

/** The row of a type, undefined for one that has no meaning here. */
export function streamType(type: number): StreamType | undefined {
  return BY_TYPE.get(type)
}

const BY_TYPE: ReadonlyMap<number, StreamType> = new Map(STREAM_TYPES.map((row) => [row.type, row]))
