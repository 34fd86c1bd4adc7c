// The middle of a train: datagrams as large as the path takes, with one 1-RTT packet each, and in it one STREAM frame and nothing else. What cannot change
// from one to the next is asked once for all of them; what is left for each is its number, its bytes and its seal. Those of one stream's turn are
// remembered in one record. A datagram built by `Transmitter`, which asks everything, comes before them and after them.
import type { Writer } from '@millrace/bytes'
import type { Connection } from './connection.ts'
import { MAX_RUN, TAG_LENGTH } from './crypto/protection.ts'
import type { Slot } from './datagram-builder.ts'
import type { Instant } from './instant.ts'
import { NOT_ECT } from './recovery/ecn.ts'
import { writeShortHeader } from './wire/packet-header-writer.ts'
import { shortPacketNumberLength } from './wire/packet-number.ts'
import type { QuicBit } from './wire/quic-bit.ts'

/**
 * Streams that share have turns of what the path takes in so many milliseconds, and of so many packets at most: on a slow path that is one packet, and nobody waits
 * long; on a fast one what is done once a turn is done less often, at either side. See docs/decisions/013.
 */
const TURN_MILLIS = 0.1
const TURN_PACKETS = 16

export class Bulk {
  readonly #connection: Connection
  readonly #writer: Writer

  /** `writer` is nobody's while datagrams are built here. */
  constructor(connection: Connection, writer: Writer) {
    this.#connection = connection
    this.#writer = writer
  }

  /**
   * Builds up to `most` datagrams of `size` bytes each, one after the other from `slot.offset` on. The caller has seen to it that one of that size was the
   * last to be built for the same slot, and that nothing but stream data waits. Returns how many it were: fewer as soon as anything is to be decided.
   */
  build(slot: Slot, size: number, most: number, quicBit: QuicBit | null, now: Instant): number {
    if (!this.#isSteady(slot, size, now)) return 0
    const connection = this.#connection
    const { path, recovery, streams, keyPhases } = connection
    const { flight, space } = path.recovery
    const { room: amplification } = path.amplification
    const count = Math.min(most, MAX_RUN, flight.datagramsAdmitted(now), keyPhases.room, space.sent.room, Math.floor(amplification / size))
    const sealer = path.space.sealer!
    const { memory } = slot
    const { bytes } = memory
    const { connectionId } = path.remoteId
    const marked = slot.ecn !== NOT_ECT
    const writer = this.#writer
    // Long enough for the last of them, numbers that are left out counted in: what is protected at once is alike.
    const numberLength = shortPacketNumberLength(space.sent.next + 2 * count, space.largestAcknowledged, connectionId.length)
    const headerLength = 1 + connectionId.length + numberLength
    const room = size - headerLength - TAG_LENGTH
    const { steady, sendCredit } = streams
    const turn = steady === null ? turnOf(flight.pacer.rate, size) : count
    const sentBefore = streams.bytesSent
    let at = slot.offset
    let built = 0
    while (built < count) {
      const packet = recovery.begin('application')
      const stream = steady ?? streams.foremost
      const most = Math.min(count - built, turn, recovery.numbersInARow)
      if (stream === null || stream.send!.beginRun(packet, room, most, sendCredit) === 0) break
      const { number, last } = packet
      for (let each = number; each <= last; each++, at += size) {
        writer.reset(bytes, at, at + size - TAG_LENGTH)
        writeShortHeader(writer, connectionId, each, numberLength, path.spin.value, keyPhases.bit)
        stream.send!.fillWhole(writer)
        quicBit?.grease(bytes, at)
        sealer.encrypt(memory, at, headerLength, room, each)
      }
      packet.marked = marked
      recovery.commitOfRun(packet, size, now)
      connection.lastSent.addRun(number, last, size, now)
      streams.served(stream)
      built += packet.count
    }
    if (built === 0) return 0
    sealer.protect(memory, slot.offset, headerLength, numberLength, size, built)
    recovery.runSent(built, size, marked, now)
    keyPhases.sent(space.sent.next - 1, -1)
    connection.idle.sent(now)
    path.amplification.sent(built * size)
    path.streamBytesSent += streams.bytesSent - sentBefore
    return built
  }

  /** Whether the next datagram would be asked for nothing but stream data, and held back by nothing but credit, window and pace. */
  #isSteady(slot: Slot, size: number, now: Instant): boolean {
    const { paths, path, recovery, qlog } = this.#connection
    const { space } = path
    return (
      qlog === null &&
      space.sealer !== null &&
      size === path.mtu.size &&
      size === recovery.maxDatagramSize &&
      size <= path.room &&
      slot.to === path.remote &&
      slot.local === path.local &&
      slot.refusals === path.refusals &&
      recovery.ecn.state !== 'testing' &&
      slot.ecn === recovery.ecnCodepoint(now) &&
      paths.probed === null &&
      path.mtu.wanted(now) === 0 &&
      recovery.probesWanted('application') === 0 &&
      !space.received.isPending &&
      !space.received.ackWantedNow(now)
    )
  }
}

/** In packets of `size` bytes, at `rate` bytes a millisecond. */
function turnOf(rate: number, size: number): number {
  return Math.max(1, Math.min(TURN_PACKETS, Math.floor((rate * TURN_MILLIS) / size)))
}
