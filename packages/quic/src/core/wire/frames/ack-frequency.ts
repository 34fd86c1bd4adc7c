// ACK_FREQUENCY frames: how seldom the peer may acknowledge. draft-ietf-quic-ack-frequency section 4.
import { varintSize } from '@millrace/bytes'
import { type FrameKind, ONLY_1RTT } from './kind.ts'

const TYPE = 0xaf

export interface AckFrequencyFrame {
  readonly type: 'ackFrequency'
  /** Rises with each such frame: of two the peer follows the greater. */
  readonly sequence: number
  /** Ack-eliciting packets that may come without an acknowledgement; 1 is what RFC 9000 has, 0 acknowledges each. */
  readonly threshold: number
  /** Microseconds: the max_ack_delay from now on. */
  readonly maxAckDelay: number
  /** By how much a missing packet may trail before it is reported at once; 1 is what RFC 9000 has, 0 never reports at once. */
  readonly reorderingThreshold: number
}

export const ackFrequency: FrameKind<AckFrequencyFrame> = {
  name: 'ACK_FREQUENCY',
  wire: [TYPE],
  levels: ONLY_1RTT,
  ackEliciting: true,
  probing: false,
  decode: (r) => ({
    type: 'ackFrequency',
    sequence: r.varint(),
    threshold: r.varint(),
    maxAckDelay: r.varint(),
    reorderingThreshold: r.varint(),
  }),
  size: (f) =>
    varintSize(TYPE) + varintSize(f.sequence) + varintSize(f.threshold) + varintSize(f.maxAckDelay) + varintSize(f.reorderingThreshold),
  encode(f, w) {
    w.varint(TYPE)
    w.varint(f.sequence)
    w.varint(f.threshold)
    w.varint(f.maxAckDelay)
    w.varint(f.reorderingThreshold)
  },
}
