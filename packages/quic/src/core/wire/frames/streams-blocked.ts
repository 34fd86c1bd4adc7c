// STREAMS_BLOCKED frames: the limit on streams keeps the sender from opening one. RFC 9000 section 19.14.
import { varintSize } from '@millrace/bytes'
import { readStreamCount } from '../stream-id.ts'
import { APPLICATION_LEVELS, type FrameKind } from './kind.ts'

export interface StreamsBlocked {
  readonly type: 'streamsBlocked'
  readonly direction: 'bidi' | 'uni'
  /** The limit that was met, at most 2^60; saturates at 2^53 - 1. */
  readonly limit: number
}

export const streamsBlocked: FrameKind<StreamsBlocked> = {
  name: 'STREAMS_BLOCKED',
  wire: [0x16, 0x17],
  levels: APPLICATION_LEVELS,
  ackEliciting: true,
  probing: false,
  decode: (r, type) => ({ type: 'streamsBlocked', direction: type === 0x16 ? 'bidi' : 'uni', limit: readStreamCount(r, type) }),
  size: (f) => 1 + varintSize(f.limit),
  encode(f, w) {
    w.u8(f.direction === 'bidi' ? 0x16 : 0x17)
    w.varint(f.limit)
  },
}
