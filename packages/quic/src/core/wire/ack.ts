// ACK frames for the hot path: ranges as numbers in arrays that are made once. RFC 9000 section 19.3.
import { type RangeSet, type Reader, varintSize, type Writer } from '@millrace/bytes'
import { TransportViolation } from '../errors.ts'
import { asViolation } from './frames/kind.ts'

export const ACK_TYPE = 0x02
/** An ACK with ECN counts. */
export const ACK_ECN_TYPE = 0x03

export function isAckType(frameType: number): boolean {
  return frameType === ACK_TYPE || frameType === ACK_ECN_TYPE
}

/**
 * Ranges of one ACK frame that are looked at; the older rest is checked and passed over. That is safe: a receiver may leave out old ranges as it
 * likes (RFC 9000 section 13.2.3), so the worst that follows is a packet sent again. A frame of 1,200 bytes can hold 600 ranges.
 */
export const MAX_ACK_RANGES = 256

/** Packets that arrived with each ECN codepoint, counted from the start of the packet-number space. */
export interface EcnCounts {
  readonly ect0: number
  readonly ect1: number
  readonly ce: number
}

/** Filled by `decodeAck`; made once and used for every frame. */
export class AckRanges {
  /** Ranges held, 1 to MAX_ACK_RANGES. */
  count = 0
  /**
   * Both ends of each range are inclusive; the range with the highest packet numbers comes first. As long as the longest frame so far: most hold a few
   * ranges, and a connection keeps these for good.
   */
  readonly smallest: number[] = []
  readonly largest: number[] = []
  /** As it was sent: multiply by 2^ack_delay_exponent for microseconds. */
  delay = 0
  hasEcn = false
  ect0 = 0
  ect1 = 0
  ce = 0
}

/** Reads what follows the frame type. Throws TransportViolation (FRAME_ENCODING_ERROR) when cut short or when a range goes below zero. */
export function decodeAck(reader: Reader, frameType: number, into: AckRanges): void {
  try {
    decodeRanges(reader, frameType, into)
    into.hasEcn = frameType === ACK_ECN_TYPE
    into.ect0 = into.hasEcn ? reader.varint() : 0
    into.ect1 = into.hasEcn ? reader.varint() : 0
    into.ce = into.hasEcn ? reader.varint() : 0
  } catch (error) {
    throw asViolation(error, frameType)
  }
}

/**
 * Writes the newest of `received` (half-open ranges of packet numbers), as many as fit the writer's room and `maxRanges`, which is at least 1.
 * False, and nothing written, if not even one fits or none is held. `delay` is in units of 2^ack_delay_exponent microseconds.
 */
export function writeAck(writer: Writer, received: RangeSet, delay: number, maxRanges: number, ecn: EcnCounts | null = null): boolean {
  const ranges = rangesThatFit(received, delay, maxRanges, writer.room, ecn)
  if (ranges === 0) return false
  const newest = received.count - 1
  writer.u8(ecn === null ? ACK_TYPE : ACK_ECN_TYPE)
  writer.varint(received.stop(newest) - 1)
  writer.varint(delay)
  writer.varint(ranges - 1)
  writer.varint(received.stop(newest) - received.start(newest) - 1)
  for (let index = newest - 1; index > newest - ranges; index--) {
    writer.varint(gapAbove(received, index))
    writer.varint(received.stop(index) - received.start(index) - 1)
  }
  if (ecn !== null) {
    writer.varint(ecn.ect0)
    writer.varint(ecn.ect1)
    writer.varint(ecn.ce)
  }
  return true
}

/** Bytes that `writeAck` takes for the newest `ranges` of `received`, given room; `ranges` is 1 to `received.count`. */
export function ackSize(received: RangeSet, delay: number, ranges: number, ecn: EcnCounts | null = null): number {
  let size = headSize(received, delay, ecn) + varintSize(ranges - 1)
  const newest = received.count - 1
  for (let index = newest - 1; index > newest - ranges; index--) size += rangeSize(received, index)
  return size
}

function decodeRanges(reader: Reader, frameType: number, into: AckRanges): void {
  let largest = reader.varint()
  into.delay = reader.varint()
  const more = reader.varint()
  let smallest = largest - reader.varint()
  if (smallest < 0) throw malformed('first ACK range goes below zero', frameType)
  into.largest[0] = largest
  into.smallest[0] = smallest
  into.count = Math.min(more + 1, MAX_ACK_RANGES)
  // However many ranges the frame promises, the walk ends where the packet does: each takes two bytes at least.
  for (let index = 1; index <= more; index++) {
    // A gap of n stands for n + 1 packets, a range of n for n + 1. RFC 9000 section 19.3.1.
    largest = smallest - reader.varint() - 2
    smallest = largest - reader.varint()
    if (smallest < 0) throw malformed('ACK range goes below zero', frameType)
    if (index < MAX_ACK_RANGES) {
      into.largest[index] = largest
      into.smallest[index] = smallest
    }
  }
}

function malformed(reason: string, frameType: number): TransportViolation {
  return new TransportViolation('FRAME_ENCODING_ERROR', reason, frameType)
}

/** Bytes of a frame with one range, type and ECN counts among them, and of each further range, whatever the numbers in them. */
const LARGEST_HEAD = 1 + 7 * 8
const LARGEST_RANGE = 2 * 8

function rangesThatFit(received: RangeSet, delay: number, maxRanges: number, room: number, ecn: EcnCounts | null): number {
  const held = Math.min(received.count, maxRanges)
  if (held < 1) return 0
  if (room >= LARGEST_HEAD + held * LARGEST_RANGE) return held
  let size = headSize(received, delay, ecn)
  if (size + varintSize(0) > room) return 0
  const newest = received.count - 1
  let ranges = 1
  while (ranges < held) {
    size += rangeSize(received, newest - ranges)
    if (size + varintSize(ranges) > room) break
    ranges++
  }
  return ranges
}

/** All but the further ranges and their count. */
function headSize(received: RangeSet, delay: number, ecn: EcnCounts | null): number {
  const newest = received.count - 1
  const largest = received.stop(newest) - 1
  const counts = ecn === null ? 0 : varintSize(ecn.ect0) + varintSize(ecn.ect1) + varintSize(ecn.ce)
  return 1 + varintSize(largest) + varintSize(delay) + varintSize(largest - received.start(newest)) + counts
}

function rangeSize(received: RangeSet, index: number): number {
  return varintSize(gapAbove(received, index)) + varintSize(received.stop(index) - received.start(index) - 1)
}

/** The Gap field before range `index`: one less than the packets missing between it and the next higher range. */
function gapAbove(received: RangeSet, index: number): number {
  return received.start(index + 1) - received.stop(index) - 1
}
