// STREAM_DATA_BLOCKED frames: a stream's limit keeps the sender waiting. RFC 9000 section 19.13.
import { varintSize } from '@millrace/bytes'
import { readStreamId } from '../stream-id.ts'
import { APPLICATION_LEVELS, type FrameKind } from './kind.ts'

export interface StreamDataBlocked {
  readonly type: 'streamDataBlocked'
  readonly stream: number
  /** The limit that was met, in bytes; saturates at 2^53 - 1. */
  readonly limit: number
}

export const streamDataBlocked: FrameKind<StreamDataBlocked> = {
  name: 'STREAM_DATA_BLOCKED',
  wire: [0x15],
  levels: APPLICATION_LEVELS,
  ackEliciting: true,
  probing: false,
  decode: (r, type) => ({ type: 'streamDataBlocked', stream: readStreamId(r, type), limit: r.varint() }),
  size: (f) => 1 + varintSize(f.stream) + varintSize(f.limit),
  encode(f, w) {
    w.u8(0x15)
    w.varint(f.stream)
    w.varint(f.limit)
  },
}
