// Capsules by which the ends of a session limit each other: one row each. draft-ietf-webtrans-http3 section 5.6.
import { BytesError, Reader, varintSize, Writer } from '@millrace/bytes'
import { encodeCapsule } from '../capsules/capsule.ts'
import { Http3Error } from '../wire/http3-error.ts'

/** What is limited: bytes of all streams together, or streams of a kind. */
export type Limited = 'data' | 'bidi' | 'uni'

/** What a capsule says. */
export interface FlowCapsule {
  /** The limit is so much from now on, or it keeps the sender from going on. */
  readonly says: 'limit' | 'blocked'
  readonly of: Limited
  readonly limit: number
}

interface Row {
  readonly name: string
  readonly type: number
  readonly says: FlowCapsule['says']
  readonly of: Limited
}

export const FLOW_CAPSULES: readonly Row[] = [
  { name: 'WT_MAX_DATA', type: 0x190b4d3d, says: 'limit', of: 'data' },
  { name: 'WT_MAX_STREAMS (bidirectional)', type: 0x190b4d3f, says: 'limit', of: 'bidi' },
  { name: 'WT_MAX_STREAMS (unidirectional)', type: 0x190b4d40, says: 'limit', of: 'uni' },
  { name: 'WT_DATA_BLOCKED', type: 0x190b4d41, says: 'blocked', of: 'data' },
  { name: 'WT_STREAMS_BLOCKED (bidirectional)', type: 0x190b4d43, says: 'blocked', of: 'bidi' },
  { name: 'WT_STREAMS_BLOCKED (unidirectional)', type: 0x190b4d44, says: 'blocked', of: 'uni' },
]

/** WT_MAX_STREAM_DATA and WT_STREAM_DATA_BLOCKED: QUIC limits streams, so that a peer may not. Section 5.4. */
export const FORBIDDEN_CAPSULES: ReadonlySet<number> = new Set([0x190b4d3e, 0x190b4d42])

/** Bytes of the largest payload: a number, and for those that are forbidden two. */
export const LARGEST_FLOW_CAPSULE = 16

/** The most streams that can be allowed. Section 5.6.2. */
const MOST_STREAMS = 2 ** 60

export function encodeFlowCapsule({ says, of, limit }: FlowCapsule): Uint8Array {
  const { type } = FLOW_CAPSULES.find((row) => row.says === says && row.of === of)!
  const writer = new Writer(new Uint8Array(varintSize(limit)))
  writer.varint(limit)
  return encodeCapsule(type, writer.target)
}

/** Whether a capsule of this type is about flow control, permitted or not. */
export function isFlowCapsule(type: number): boolean {
  return FORBIDDEN_CAPSULES.has(type) || FLOW_CAPSULES.some((row) => row.type === type)
}

/**
 * What a capsule says that `isFlowCapsule`. Throws for the stream: WT_FLOW_CONTROL_ERROR for one that is forbidden and for streams beyond 2^60, H3_MESSAGE_ERROR
 * where it is not one number.
 */
export function decodeFlowCapsule(type: number, payload: Uint8Array): FlowCapsule {
  const row = FLOW_CAPSULES.find((each) => each.type === type)
  if (row === undefined) throw flowError(`capsule 0x${type.toString(16)} may not be`)
  const limit = onlyNumber(row.name, payload)
  if (row.of !== 'data' && limit > MOST_STREAMS) throw flowError(`${row.name} of ${limit}, more than 2^60`)
  return { says: row.says, of: row.of, limit }
}

/** What ends a session by WT_FLOW_CONTROL_ERROR. */
export function flowError(reason: string): Http3Error {
  return new Http3Error('WT_FLOW_CONTROL_ERROR', reason, 'stream')
}

/** Above 2^53 not exact, which no count of bytes or streams reaches; saturated. */
function onlyNumber(name: string, payload: Uint8Array): number {
  const reader = new Reader(payload)
  try {
    const value = Number(reader.varintExact())
    if (reader.remaining === 0) return value
  } catch (error) {
    if (!(error instanceof BytesError)) throw error
  }
  throw new Http3Error('H3_MESSAGE_ERROR', `${name} of ${payload.length} bytes, which are not one number`, 'stream')
}
