// IMMEDIATE_ACK frames: ask for an acknowledgement without delay. draft-ietf-quic-ack-frequency section 5.
import { type FrameKind, ONLY_1RTT } from './kind.ts'

export interface ImmediateAck {
  readonly type: 'immediateAck'
}

export const immediateAck: FrameKind<ImmediateAck> = {
  name: 'IMMEDIATE_ACK',
  wire: [0x1f],
  levels: ONLY_1RTT,
  ackEliciting: true,
  probing: false,
  decode: () => ({ type: 'immediateAck' }),
  size: () => 1,
  encode(_, w) {
    w.u8(0x1f)
  },
}
