// MAX_STREAM_DATA frames: raise how much the peer may send on one stream. RFC 9000 section 19.10.
import { varintSize } from '@millrace/bytes'
import { readStreamId } from '../stream-id.ts'
import { APPLICATION_LEVELS, type FrameKind } from './kind.ts'

export interface MaxStreamData {
  readonly type: 'maxStreamData'
  readonly stream: number
  /** Bytes; saturates at 2^53 - 1. */
  readonly limit: number
}

export const maxStreamData: FrameKind<MaxStreamData> = {
  name: 'MAX_STREAM_DATA',
  wire: [0x11],
  levels: APPLICATION_LEVELS,
  ackEliciting: true,
  probing: false,
  decode: (r, type) => ({ type: 'maxStreamData', stream: readStreamId(r, type), limit: r.varint() }),
  size: (f) => 1 + varintSize(f.stream) + varintSize(f.limit),
  encode(f, w) {
    w.u8(0x11)
    w.varint(f.stream)
    w.varint(f.limit)
  },
}
