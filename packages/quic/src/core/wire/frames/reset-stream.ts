// RESET_STREAM frames: the sender gives up a stream. RFC 9000 section 19.4.
import { varintSize } from '@millrace/bytes'
import { readStreamId } from '../stream-id.ts'
import { APPLICATION_LEVELS, type FrameKind } from './kind.ts'

export interface ResetStream {
  readonly type: 'resetStream'
  readonly stream: number
  /** The application's reason, to the last bit. */
  readonly code: bigint
  /** Bytes sent on the stream before it was given up. */
  readonly finalSize: number
}

export const resetStream: FrameKind<ResetStream> = {
  name: 'RESET_STREAM',
  wire: [0x04],
  levels: APPLICATION_LEVELS,
  ackEliciting: true,
  probing: false,
  decode: (r, type) => ({ type: 'resetStream', stream: readStreamId(r, type), code: r.varintExact(), finalSize: r.varint() }),
  size: (f) => 1 + varintSize(f.stream) + varintSize(f.code) + varintSize(f.finalSize),
  encode(f, w) {
    w.u8(0x04)
    w.varint(f.stream)
    w.varint(f.code)
    w.varint(f.finalSize)
  },
}
