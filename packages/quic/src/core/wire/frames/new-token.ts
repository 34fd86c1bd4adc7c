// NEW_TOKEN frames: a token for the client's next connection. RFC 9000 section 19.7.
import { varintSize } from '@millrace/bytes'
import { TransportViolation } from '../../errors.ts'
import { type FrameKind, ONLY_1RTT } from './kind.ts'

export interface NewToken {
  readonly type: 'newToken'
  /** At least one byte; a copy when decoded. */
  readonly token: Uint8Array
}

export const newToken: FrameKind<NewToken> = {
  name: 'NEW_TOKEN',
  wire: [0x07],
  levels: ONLY_1RTT,
  ackEliciting: true,
  probing: false,
  decode(r, type) {
    const token = r.copy(r.varint())
    if (token.length === 0) throw new TransportViolation('FRAME_ENCODING_ERROR', 'token is empty', type)
    return { type: 'newToken', token }
  },
  size: (f) => 1 + varintSize(f.token.length) + f.token.length,
  encode(f, w) {
    w.u8(0x07)
    w.varint(f.token.length)
    w.bytes(f.token)
  },
}
