// PATH_CHALLENGE frames: is the peer reachable on this path? RFC 9000 section 19.17.
import { APPLICATION_LEVELS, type FrameKind } from './kind.ts'

/** Bytes that a path is challenged with, and that its answer repeats. */
export const PATH_DATA_LENGTH = 8

export interface PathChallenge {
  readonly type: 'pathChallenge'
  /** 8 bytes that nobody can guess; a copy when decoded. */
  readonly data: Uint8Array
}

export const pathChallenge: FrameKind<PathChallenge> = {
  name: 'PATH_CHALLENGE',
  wire: [0x1a],
  levels: APPLICATION_LEVELS,
  ackEliciting: true,
  probing: true,
  decode: (r) => ({ type: 'pathChallenge', data: r.copy(PATH_DATA_LENGTH) }),
  size: () => 1 + PATH_DATA_LENGTH,
  encode(f, w) {
    w.u8(0x1a)
    w.bytes(f.data)
  },
}
