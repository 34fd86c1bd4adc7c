// MAX_DATA frames: raise how much the peer may send on the whole connection. RFC 9000 section 19.9.
import { varintSize } from '@millrace/bytes'
import { APPLICATION_LEVELS, type FrameKind } from './kind.ts'

export interface MaxData {
  readonly type: 'maxData'
  /** Bytes over all streams; saturates at 2^53 - 1. */
  readonly limit: number
}

export const maxData: FrameKind<MaxData> = {
  name: 'MAX_DATA',
  wire: [0x10],
  levels: APPLICATION_LEVELS,
  ackEliciting: true,
  probing: false,
  decode: (r) => ({ type: 'maxData', limit: r.varint() }),
  size: (f) => 1 + varintSize(f.limit),
  encode(f, w) {
    w.u8(0x10)
    w.varint(f.limit)
  },
}
