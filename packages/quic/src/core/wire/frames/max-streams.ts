// MAX_STREAMS frames: raise how many streams of one kind the peer may open. RFC 9000 section 19.11.
import { varintSize } from '@millrace/bytes'
import { readStreamCount } from '../stream-id.ts'
import { APPLICATION_LEVELS, type FrameKind } from './kind.ts'

export interface MaxStreams {
  readonly type: 'maxStreams'
  readonly direction: 'bidi' | 'uni'
  /** Streams over the life of the connection, at most 2^60; saturates at 2^53 - 1. */
  readonly limit: number
}

export const maxStreams: FrameKind<MaxStreams> = {
  name: 'MAX_STREAMS',
  wire: [0x12, 0x13],
  levels: APPLICATION_LEVELS,
  ackEliciting: true,
  probing: false,
  decode: (r, type) => ({ type: 'maxStreams', direction: type === 0x12 ? 'bidi' : 'uni', limit: readStreamCount(r, type) }),
  size: (f) => 1 + varintSize(f.limit),
  encode(f, w) {
    w.u8(f.direction === 'bidi' ? 0x12 : 0x13)
    w.varint(f.limit)
  },
}
