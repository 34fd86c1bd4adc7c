// NEW_CONNECTION_ID frames: another id under which the sender can be reached. RFC 9000 section 19.15.
import { varintSize } from '@millrace/bytes'
import { TransportViolation } from '../../errors.ts'
import { MAX_CONNECTION_ID_LENGTH, RESET_TOKEN_LENGTH } from '../connection-id.ts'
import { APPLICATION_LEVELS, type FrameKind } from './kind.ts'

export interface NewConnectionId {
  readonly type: 'newConnectionId'
  readonly sequence: number
  /** Ids with lower sequence numbers are to be retired; at most `sequence`. */
  readonly retirePriorTo: number
  /** 1 to 20 bytes; a copy when decoded. */
  readonly connectionId: Uint8Array
  /** 16 bytes; a copy when decoded. */
  readonly resetToken: Uint8Array
}

export const newConnectionId: FrameKind<NewConnectionId> = {
  name: 'NEW_CONNECTION_ID',
  wire: [0x18],
  levels: APPLICATION_LEVELS,
  ackEliciting: true,
  probing: true,
  decode(r, type) {
    const sequence = r.varint()
    const retirePriorTo = r.varint()
    if (retirePriorTo > sequence) throw new TransportViolation('FRAME_ENCODING_ERROR', 'connection id retires itself', type)
    const length = r.u8()
    if (length < 1 || length > MAX_CONNECTION_ID_LENGTH) {
      throw new TransportViolation('FRAME_ENCODING_ERROR', `connection id of ${length} bytes`, type)
    }
    return { type: 'newConnectionId', sequence, retirePriorTo, connectionId: r.copy(length), resetToken: r.copy(RESET_TOKEN_LENGTH) }
  },
  size: (f) => 1 + varintSize(f.sequence) + varintSize(f.retirePriorTo) + 1 + f.connectionId.length + RESET_TOKEN_LENGTH,
  encode(f, w) {
    w.u8(0x18)
    w.varint(f.sequence)
    w.varint(f.retirePriorTo)
    w.u8(f.connectionId.length)
    w.bytes(f.connectionId)
    w.bytes(f.resetToken)
  },
}
