// ACK frames as objects, for tests, qlog and control; the hot path uses `AckRanges` and a `RangeSet` (../ack.ts). RFC 9000 section 19.3.
import { BytesError, RangeSet } from '@millrace/bytes'
import { ACK_ECN_TYPE, ACK_TYPE, AckRanges, ackSize, decodeAck, type EcnCounts, writeAck } from '../ack.ts'
import { EVERY_LEVEL_BUT_0RTT, type FrameKind } from './kind.ts'

export interface Ack {
  readonly type: 'ack'
  /** In units of 2^ack_delay_exponent microseconds. */
  readonly delay: number
  /** Inclusive at both ends, the highest first, disjoint; at least one. */
  readonly ranges: readonly AckRange[]
  readonly ecn: EcnCounts | null
}

export interface AckRange {
  readonly smallest: number
  readonly largest: number
}

export const ack: FrameKind<Ack> = {
  name: 'ACK',
  wire: [ACK_TYPE, ACK_ECN_TYPE],
  levels: EVERY_LEVEL_BUT_0RTT,
  ackEliciting: false,
  probing: false,
  decode(r, type) {
    const into = new AckRanges()
    decodeAck(r, type, into)
    const ranges = Array.from({ length: into.count }, (_, i) => ({ smallest: into.smallest[i]!, largest: into.largest[i]! }))
    const ecn = into.hasEcn ? { ect0: into.ect0, ect1: into.ect1, ce: into.ce } : null
    return { type: 'ack', delay: into.delay, ranges, ecn }
  },
  size: (f) => ackSize(rangeSet(f), f.delay, f.ranges.length, f.ecn),
  encode(f, w) {
    const size = ack.size(f)
    if (size > w.room) throw new BytesError('NO_ROOM', `ACK frame of ${size} bytes, room for ${w.room}`)
    writeAck(w, rangeSet(f), f.delay, f.ranges.length, f.ecn)
  },
}

function rangeSet(frame: Ack): RangeSet {
  const received = new RangeSet()
  for (const { smallest, largest } of frame.ranges) received.add(smallest, largest + 1)
  return received
}
