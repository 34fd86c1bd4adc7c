// Builds one datagram in place: packets of up to three spaces one after the other (RFC 9000 section 12.2), padded where the RFC asks for it, then
// sealed together. Sealing last lets the final packet take the padding, and nothing is ever rolled back but a packet that turned out empty.
import { Writer } from '@millrace/bytes'
import { type PacketMemory, type Sealer, TAG_LENGTH } from './crypto/protection.ts'
import { MIN_INITIAL_DATAGRAM } from './limits.ts'
import type { PacketSpace } from './packet-space.ts'
import type { LocalSocket, RemoteAddress } from './paths/path-address.ts'
import type { Refusals } from './paths/refusals.ts'
import type { Qlog } from './qlog/qlog.ts'
import type { SentPacket } from './recovery/sent-packet.ts'
import { type LongHeader, longHeaderSize, patchLength, writeLongHeader, writeShortHeader } from './wire/packet-header-writer.ts'
import { packetNumberLength, shortPacketNumberLength } from './wire/packet-number.ts'
import type { QuicBit } from './wire/quic-bit.ts'

/** A header-protection sample begins 4 bytes after the packet number's first: shorter payloads are padded. RFC 9001 section 5.4.2. */
const SAMPLE_DISTANCE = 4

/** Room below which no further packet is begun. */
const LEAST_PACKET = 40

/** Where in memory a datagram may be built. */
export interface Slot {
  readonly memory: PacketMemory
  offset: number
  /** Bytes there are from `offset` on. */
  capacity: number
  /** Where the datagram goes, and from which socket: written with it. */
  to: RemoteAddress | null
  local: LocalSocket | null
  /** The ECN field of its IP header, 0 to 3. RFC 9000 section 13.4. */
  ecn: number
  /** Where it is counted that the socket would not have it. */
  refusals: Refusals | null
}

/** One packet of the datagram in the making. */
class Draft {
  space!: PacketSpace
  sealer!: Sealer
  packet!: SentPacket
  start = 0
  payloadStart = 0
  payloadEnd = 0
  numberLength = 0
  /** Index of a long header's Length field; -1 with a short header. */
  lengthAt = -1
}

export class DatagramBuilder {
  readonly writer: Writer = new Writer(new Uint8Array(0))
  readonly #drafts: readonly Draft[] = [new Draft(), new Draft(), new Draft()]
  #count = 0
  #memory!: PacketMemory
  #start = 0
  #end = 0
  /** Null while the peer has not said that it can do without the bit. */
  quicBit: QuicBit | null = null
  /** Null when nobody listens. */
  qlog: Qlog | null = null
  /** The datagram must reach the smallest size that every path of QUIC carries. RFC 9000 sections 8.2.1 and 14.1. */
  padded = false

  begin(memory: PacketMemory, offset: number, size: number): void {
    this.#memory = memory
    this.#start = offset
    this.#end = offset + size
    this.#count = 0
    this.padded = false
    this.writer.reset(memory.bytes, offset, offset + size)
  }

  get isEmpty(): boolean {
    return this.#count === 0
  }

  /** Begins a long-header packet. False if there is too little room left. */
  openLong(space: PacketSpace, packet: SentPacket, header: LongHeader, largestAcknowledged: number): boolean {
    const numberLength = packetNumberLength(packet.number, largestAcknowledged)
    if (this.#end - this.writer.offset < longHeaderSize(header, numberLength) + LEAST_PACKET) return false
    const draft = this.#open(space, packet, numberLength)
    if (header.type === '0rtt') draft.sealer = space.earlySealer!
    draft.lengthAt = writeLongHeader(this.writer, header, packet.number, numberLength)
    draft.payloadStart = this.writer.offset
    return true
  }

  /** Begins a 1-RTT packet. False if there is too little room left. */
  openShort(
    space: PacketSpace,
    packet: SentPacket,
    dcid: Uint8Array,
    largestAcknowledged: number,
    keyPhase: boolean,
    spin = false,
  ): boolean {
    const numberLength = shortPacketNumberLength(packet.number, largestAcknowledged, dcid.length)
    if (this.#end - this.writer.offset < 1 + dcid.length + numberLength + LEAST_PACKET) return false
    const draft = this.#open(space, packet, numberLength)
    draft.lengthAt = -1
    writeShortHeader(this.writer, dcid, packet.number, numberLength, spin, keyPhase)
    draft.payloadStart = this.writer.offset
    return true
  }

  /** Ends the packet that was begun last. False if it has no content: then it never was. */
  close(): boolean {
    const draft = this.#drafts[this.#count]!
    const writer = this.writer
    if (writer.offset === draft.payloadStart) {
      writer.reset(this.#memory.bytes, draft.start, this.#end)
      return false
    }
    const short = SAMPLE_DISTANCE - draft.numberLength - (writer.offset - draft.payloadStart)
    if (short > 0) writer.zeros(short)
    draft.payloadEnd = writer.offset
    writer.reset(this.#memory.bytes, writer.offset + TAG_LENGTH, this.#end)
    this.#count++
    return true
  }

  /** Pads and seals all packets and hands each to `sent` with its size. Returns the length of the datagram. */
  seal(sent: (space: PacketSpace, packet: SentPacket, size: number) => void): number {
    if (this.#count === 0) return 0
    if (this.padded) this.#pad()
    const memory = this.#memory
    let end = this.#start
    for (let i = 0; i < this.#count; i++) {
      const draft = this.#drafts[i]!
      const payloadLength = draft.payloadEnd - draft.payloadStart
      if (draft.lengthAt >= 0) patchLength(memory.bytes, draft.lengthAt, draft.numberLength + payloadLength + TAG_LENGTH)
      this.quicBit?.grease(memory.bytes, draft.start)
      const number = draft.packet.number
      const size = draft.payloadEnd + TAG_LENGTH - draft.start
      this.qlog?.packetSent(draft.packet, draft.space.name, memory.bytes, draft.start, draft.payloadStart, draft.payloadEnd, size)
      draft.sealer.seal(memory, draft.start, draft.payloadStart - draft.start, draft.numberLength, payloadLength, number)
      end = draft.payloadEnd + TAG_LENGTH
      sent(draft.space, draft.packet, size)
    }
    return end - this.#start
  }

  #open(space: PacketSpace, packet: SentPacket, numberLength: number): Draft {
    const draft = this.#drafts[this.#count]!
    draft.space = space
    // Null while there are 0-RTT keys alone.
    if (space.sealer !== null) draft.sealer = space.sealer
    draft.packet = packet
    draft.start = this.writer.offset
    draft.numberLength = numberLength
    this.writer.reset(this.#memory.bytes, draft.start, this.#end - TAG_LENGTH)
    return draft
  }

  #pad(): void {
    const last = this.#drafts[this.#count - 1]!
    const wanted = Math.min(this.#start + MIN_INITIAL_DATAGRAM, this.#end) - TAG_LENGTH
    if (last.payloadEnd >= wanted) return
    this.#memory.bytes.fill(0, last.payloadEnd, wanted)
    last.payloadEnd = wanted
    last.packet.inFlight = true
  }
}
