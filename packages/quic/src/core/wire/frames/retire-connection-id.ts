// RETIRE_CONNECTION_ID frames: an id of the peer's will not be used any more. RFC 9000 section 19.16.
import { varintSize } from '@millrace/bytes'
import { APPLICATION_LEVELS, type FrameKind } from './kind.ts'

export interface RetireConnectionId {
  readonly type: 'retireConnectionId'
  readonly sequence: number
}

export const retireConnectionId: FrameKind<RetireConnectionId> = {
  name: 'RETIRE_CONNECTION_ID',
  wire: [0x19],
  levels: APPLICATION_LEVELS,
  ackEliciting: true,
  probing: false,
  decode: (r) => ({ type: 'retireConnectionId', sequence: r.varint() }),
  size: (f) => 1 + varintSize(f.sequence),
  encode(f, w) {
    w.u8(0x19)
    w.varint(f.sequence)
  },
}
