// DATA_BLOCKED frames: the connection's limit keeps the sender waiting. RFC 9000 section 19.12.
import { varintSize } from '@millrace/bytes'
import { APPLICATION_LEVELS, type FrameKind } from './kind.ts'

export interface DataBlocked {
  readonly type: 'dataBlocked'
  /** The limit that was met, in bytes; saturates at 2^53 - 1. */
  readonly limit: number
}

export const dataBlocked: FrameKind<DataBlocked> = {
  name: 'DATA_BLOCKED',
  wire: [0x14],
  levels: APPLICATION_LEVELS,
  ackEliciting: true,
  probing: false,
  decode: (r) => ({ type: 'dataBlocked', limit: r.varint() }),
  size: (f) => 1 + varintSize(f.limit),
  encode(f, w) {
    w.u8(0x14)
    w.varint(f.limit)
  },
}
