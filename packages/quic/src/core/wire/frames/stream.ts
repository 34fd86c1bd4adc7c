// STREAM frames as objects, for tests, qlog and control; the hot path uses `StreamHeader` (../stream-header.ts). RFC 9000 section 19.8.
import { decodeStreamHeader, STREAM_TYPE, StreamHeader, streamHeaderSize, writeStreamHeader } from '../stream-header.ts'
import { APPLICATION_LEVELS, type FrameKind } from './kind.ts'

export interface Stream {
  readonly type: 'stream'
  readonly stream: number
  readonly offset: number
  /** The stream ends with this frame's last byte. */
  readonly fin: boolean
  /** A view of the packet when decoded: it lives as long as the packet does. */
  readonly data: Uint8Array
}

export const stream: FrameKind<Stream> = {
  name: 'STREAM',
  wire: Array.from({ length: 8 }, (_, flags) => STREAM_TYPE | flags),
  levels: APPLICATION_LEVELS,
  ackEliciting: true,
  probing: false,
  decode(r, type) {
    const header = new StreamHeader()
    decodeStreamHeader(r, type, header)
    return { type: 'stream', stream: header.stream, offset: header.offset, fin: header.fin, data: r.view(header.length) }
  },
  size: (f) => streamHeaderSize(f.stream, f.offset, f.data.length) + f.data.length,
  encode(f, w) {
    writeStreamHeader(w, f.stream, f.offset, f.data.length, f.fin)
    w.bytes(f.data)
  },
}
