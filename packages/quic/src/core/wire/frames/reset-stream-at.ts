// RESET_STREAM_AT frames: the sender gives up a stream, but delivers its beginning. draft-ietf-quic-reliable-stream-reset section 4.
import { varintSize } from '@millrace/bytes'
import { TransportViolation } from '../../errors.ts'
import { readStreamId } from '../stream-id.ts'
import { APPLICATION_LEVELS, type FrameKind } from './kind.ts'

export const RESET_STREAM_AT_TYPE = 0x24

export interface ResetStreamAt {
  readonly type: 'resetStreamAt'
  readonly stream: number
  /** The application's reason, to the last bit. */
  readonly code: bigint
  /** Bytes of the stream, delivered or not. */
  readonly finalSize: number
  /** Bytes from its beginning that are delivered all the same: `finalSize` at most. */
  readonly reliableSize: number
}

export const resetStreamAt: FrameKind<ResetStreamAt> = {
  name: 'RESET_STREAM_AT',
  wire: [RESET_STREAM_AT_TYPE],
  levels: APPLICATION_LEVELS,
  ackEliciting: true,
  probing: false,
  decode(r, type) {
    const stream = readStreamId(r, type)
    const code = r.varintExact()
    const finalSize = r.varint()
    const reliableSize = r.varint()
    if (reliableSize <= finalSize) return { type: 'resetStreamAt', stream, code, finalSize, reliableSize }
    throw new TransportViolation('FRAME_ENCODING_ERROR', `${reliableSize} bytes are to be delivered of ${finalSize}`, type)
  },
  size: (f) => 1 + varintSize(f.stream) + varintSize(f.code) + varintSize(f.finalSize) + varintSize(f.reliableSize),
  encode(f, w) {
    w.u8(RESET_STREAM_AT_TYPE)
    w.varint(f.stream)
    w.varint(f.code)
    w.varint(f.finalSize)
    w.varint(f.reliableSize)
  },
}
