// PADDING frames: bytes without meaning. RFC 9000 section 19.1.
import { EVERY_LEVEL, type FrameKind } from './kind.ts'

/** A run of PADDING frames, one byte each, taken as one. */
export interface Padding {
  readonly type: 'padding'
  /** Frames in the run, at least 1. */
  readonly length: number
}

export const padding: FrameKind<Padding> = {
  name: 'PADDING',
  wire: [0x00],
  levels: EVERY_LEVEL,
  ackEliciting: false,
  probing: true,
  decode(r) {
    const start = r.offset - 1
    const bytes = r.source
    let at = r.offset
    while (at < r.end && bytes[at] === 0) at++
    r.offset = at
    return { type: 'padding', length: at - start }
  },
  size: (f) => f.length,
  encode(f, w) {
    w.zeros(f.length)
  },
}
