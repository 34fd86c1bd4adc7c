// HANDSHAKE_DONE frames: the server tells the client that the handshake is confirmed. RFC 9000 section 19.20.
import { type FrameKind, ONLY_1RTT } from './kind.ts'

/** Only a server sends it; a server that receives it closes with PROTOCOL_VIOLATION. */
export interface HandshakeDone {
  readonly type: 'handshakeDone'
}

export const handshakeDone: FrameKind<HandshakeDone> = {
  name: 'HANDSHAKE_DONE',
  wire: [0x1e],
  levels: ONLY_1RTT,
  ackEliciting: true,
  probing: false,
  decode: () => ({ type: 'handshakeDone' }),
  size: () => 1,
  encode(_, w) {
    w.u8(0x1e)
  },
}
