// PING frames: ask for an acknowledgement and nothing else. RFC 9000 section 19.2.
import { EVERY_LEVEL, type FrameKind } from './kind.ts'

export interface Ping {
  readonly type: 'ping'
}

export const ping: FrameKind<Ping> = {
  name: 'PING',
  wire: [0x01],
  levels: EVERY_LEVEL,
  ackEliciting: true,
  probing: false,
  decode: () => ({ type: 'ping' }),
  size: () => 1,
  encode(_, w) {
    w.u8(0x01)
  },
}
