// STOP_SENDING frames: the receiver wants no more of a stream. RFC 9000 section 19.5.
import { varintSize } from '@millrace/bytes'
import { readStreamId } from '../stream-id.ts'
import { APPLICATION_LEVELS, type FrameKind } from './kind.ts'

export interface StopSending {
  readonly type: 'stopSending'
  readonly stream: number
  /** The application's reason, to the last bit. */
  readonly code: bigint
}

export const stopSending: FrameKind<StopSending> = {
  name: 'STOP_SENDING',
  wire: [0x05],
  levels: APPLICATION_LEVELS,
  ackEliciting: true,
  probing: false,
  decode: (r, type) => ({ type: 'stopSending', stream: readStreamId(r, type), code: r.varintExact() }),
  size: (f) => 1 + varintSize(f.stream) + varintSize(f.code),
  encode(f, w) {
    w.u8(0x05)
    w.varint(f.stream)
    w.varint(f.code)
  },
}
