// Frames that are cheap to send, in the hope that they are dear to receive: what one packet of each kind holds, by the packet's number.
import type { Frame } from '../../src/core/wire/frames/index.ts'
import { bytes, type Content } from './hostile.ts'

/** As many as a packet holds. */
export const flood = (frame: Content, count: number): Content[] => Array.from({ length: count }, () => frame)

const ping: Frame = { type: 'ping' }

export const CHEAP: Readonly<Record<string, (packet: number) => Content[]>> = {
  PING: () => flood(ping, 1000),
  MAX_DATA: (packet) => flood({ type: 'maxData', limit: 2 ** 30 + packet }, 150),
  MAX_STREAMS: (packet) => flood({ type: 'maxStreams', direction: 'bidi', limit: 1000 + packet }, 200),
  DATA_BLOCKED: (packet) => flood({ type: 'dataBlocked', limit: packet }, 200),
  STREAMS_BLOCKED: (packet) => flood({ type: 'streamsBlocked', direction: 'uni', limit: packet }, 200),
  'unasked PATH_RESPONSE': (packet) => flood({ type: 'pathResponse', data: new Uint8Array(8).fill(packet) }, 100),
  'PADDING alone': () => [bytes((w) => w.zeros(1000))],
}
