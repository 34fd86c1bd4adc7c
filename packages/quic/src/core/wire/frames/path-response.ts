// PATH_RESPONSE frames: the answer to PATH_CHALLENGE, on the same path. RFC 9000 section 19.18.
import { type FrameKind, ONLY_1RTT } from './kind.ts'
import { PATH_DATA_LENGTH } from './path-challenge.ts'

export interface PathResponse {
  readonly type: 'pathResponse'
  /** The 8 bytes of the challenge; a copy when decoded. */
  readonly data: Uint8Array
}

export const pathResponse: FrameKind<PathResponse> = {
  name: 'PATH_RESPONSE',
  wire: [0x1b],
  levels: ONLY_1RTT,
  ackEliciting: true,
  probing: true,
  decode: (r) => ({ type: 'pathResponse', data: r.copy(PATH_DATA_LENGTH) }),
  size: () => 1 + PATH_DATA_LENGTH,
  encode(f, w) {
    w.u8(0x1b)
    w.bytes(f.data)
  },
}
