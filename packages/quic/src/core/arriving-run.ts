// The middle of a train that arrives: datagrams with one 1-RTT packet each, the next in order, and in it one STREAM frame and nothing else. What cannot change
// from one to the next is asked once for all of them, and what they bring is told once; what is left for each is its mask, its number, its tag and its bytes.
// `Receiver`, which looks at everything, has the datagram before them, and the first that is not like this. RFC 9000 sections 12.3, 13.1 and 19.8.
import type { Reader } from '@millrace/bytes'
import type { Arrival, Connection } from './connection.ts'
import { MASK_STRIDE, type Opener, type PacketMemory, SAMPLE_LENGTH, SAMPLE_OFFSET, TAG_LENGTH } from './crypto/protection.ts'
import type { Instant } from './instant.ts'
import { LAST_PACKETS } from './last-packets.ts'
import { MAX_ARRIVING_RUN } from './limits.ts'
import type { PacketSpace } from './packet-space.ts'
import { CE } from './recovery/ecn.ts'
import { ECN_CODEPOINTS } from './recovery/received-packets.ts'
import type { Stream } from './streams/stream.ts'
import { decodeStreamHeader, type StreamHeader } from './wire/stream-header.ts'

/** Of a short header's first byte: what header protection covers, and what is zero in all packets that are taken here. RFC 9000 section 17.3.1. */
const PROTECTED = 0x1f
const ZERO = 0x98
const FIXED_BIT = 0x40
const SPIN_BIT = 0x20
const NUMBER_LENGTH = 0x03

/** STREAM frames with an offset, with or without a length, that do not end the stream. RFC 9000 section 19.8. */
const STREAM_FROM_OFFSET = 0x0c
const LENGTH_BIT = 0x02

/** Takes what is opened but not alike, and what does not open. */
export interface PacketTaker {
  readonly stats: { packets: number; bytes: number }
  acceptOpened(
    space: PacketSpace,
    number: number,
    memory: PacketMemory,
    start: number,
    payload: number,
    end: number,
    ecn: number,
    now: Instant,
  ): void
  refuse(opener: Opener, memory: PacketMemory, start: number, end: number): void
}

export class ArrivingRun {
  readonly #connection: Connection
  readonly #taker: PacketTaker
  readonly #reader: Reader
  readonly #header: StreamHeader
  /** Whose data they bring. */
  #stream: Stream | null = null
  /** Datagrams of the run that are dealt with. */
  #taken = 0
  /** Those of them that were like the others and are not told of yet, and the bytes of the stream in them. */
  #untold = 0
  #streamBytes = 0
  #spin = false

  constructor(connection: Connection, taker: PacketTaker, reader: Reader, header: StreamHeader) {
    this.#connection = connection
    this.#taker = taker
    this.#reader = reader
    this.#header = header
  }

  /**
   * Takes in up to `count` datagrams of the length of `arrival` that lie end to end from its offset on. The caller has received one from there at the same moment
   * that was as long, and knows that the first is for this connection. Returns how many it were: fewer as soon as one is not like the others.
   */
  take(arrival: Arrival, count: number, now: Instant): number {
    const { length, ecn } = arrival
    const connection = this.#connection
    const least = 1 + connection.localIds.length + SAMPLE_OFFSET + SAMPLE_LENGTH
    if (length < least || !this.#isSteady(ecn)) return 0
    const { path } = connection
    const { space } = path
    const first = space.received.largest + 1
    this.#stream = connection.streams.latest
    this.#taken = 0
    this.#untold = 0
    this.#streamBytes = 0
    try {
      this.#walk(space, first, arrival, Math.min(count, MAX_ARRIVING_RUN), now)
      this.#tell(space, first, arrival, now)
    } catch (error) {
      this.#tell(space, first, arrival, now)
      connection.fail(error)
    }
    path.amplification.received(this.#taken * length)
    this.#taker.stats.bytes += this.#taken * length
    connection.recovery.amplificationBlocked = connection.path.room === 0
    return this.#taken
  }

  /** Whether one that brings data of a stream is asked for nothing else. */
  #isSteady(ecn: number): boolean {
    const { closing, handshakeConfirmed, qlog, paths, path } = this.#connection
    return ecn !== CE && qlog === null && closing.state === 'open' && handshakeConfirmed && paths.isAtHome && path.space.opener !== null
  }

  #walk(space: PacketSpace, firstNumber: number, { memory, offset, length, ecn }: Arrival, count: number, now: Instant): void {
    const { bytes } = memory
    const { keyPhases, localIds, parameters } = this.#connection
    const idLength = localIds.length
    // A peer that knows that we do without the bit may have it as it likes. RFC 9287 section 3.
    const watched = parameters.greaseQuicBit ? ZERO : ZERO | FIXED_BIT
    const masks = space.opener!.masks(memory, offset + 1 + idLength, length, count)
    while (this.#taken < count) {
      const start = offset + this.#taken * length
      const mask = this.#taken * MASK_STRIDE
      const number = firstNumber + this.#taken
      const first = bytes[start]! ^ (masks[mask]! & PROTECTED)
      const payload = start + 1 + idLength + (first & NUMBER_LENGTH) + 1
      if (((first ^ FIXED_BIT) & watched) !== 0 || !isSame(bytes, offset + 1, start + 1, idLength)) return
      if (!unmaskNumber(bytes, start + 1 + idLength, payload, masks, mask + 1, number)) return
      bytes[start] = first
      // It is no more what arrived: from here on it is for nobody else.
      this.#taken++
      const end = start + length
      const opener = space.opener!
      if (!keyPhases.open(memory, start, payload - start, end - payload, number, now)) {
        this.#tell(space, firstNumber, { length, ecn }, now)
        this.#taker.refuse(opener, memory, start, end)
        return
      }
      if (!this.#takeData(bytes, payload, end - TAG_LENGTH)) {
        this.#tell(space, firstNumber, { length, ecn }, now)
        this.#taker.acceptOpened(space, number, memory, start, payload, end, ecn, now)
        return
      }
      this.#untold++
      this.#spin = (first & SPIN_BIT) !== 0
    }
  }

  /** False, and nothing done, unless one STREAM frame of the stream at hand is all that there is. */
  #takeData(bytes: Buffer, start: number, end: number): boolean {
    const stream = this.#stream
    if (start === end || stream === null || stream.receive === null || !stream.receive.wantsCredit) return false
    const type = bytes[start]!
    if ((type & ~LENGTH_BIT) !== STREAM_FROM_OFFSET) return false
    const header = this.#header
    const reader = this.#reader.reset(bytes, start + 1, end)
    decodeStreamHeader(reader, type, header)
    if (header.stream !== stream.id || header.length !== reader.remaining) return false
    stream.receive.receive(header.offset, bytes, reader.offset, header.length, false)
    this.#streamBytes += header.length
    return true
  }

  /** Tells of those packets that were alike, the first of which has number `first`. */
  #tell(space: PacketSpace, first: number, { length, ecn }: Pick<Arrival, 'length' | 'ecn'>, now: Instant): void {
    const count = this.#untold
    if (count === 0) return
    this.#untold = 0
    const { idle, streams, paths, lastReceived } = this.#connection
    const last = first + count - 1
    this.#taker.stats.packets += count
    idle.received(now)
    streams.dataAccepted(this.#stream!)
    space.received.recordRun(first, count, now, ECN_CODEPOINTS[ecn] as 'notEct' | 'ect0' | 'ect1')
    paths.packetsReceived(count, this.#streamBytes)
    for (let number = Math.max(first, last + 1 - LAST_PACKETS); number <= last; number++) lastReceived.add('1rtt', number, length, now)
    paths.spun(last, this.#spin)
    paths.used(last, now)
  }
}

function isSame(bytes: Buffer, one: number, other: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[one + i] !== bytes[other + i]) return false
  return true
}

/** Removes what protects a packet number, if that is the end of `number`; else leaves all as it is. */
function unmaskNumber(bytes: Buffer, start: number, end: number, masks: Uint8Array, maskAt: number, number: number): boolean {
  let rest = number | 0
  for (let at = end - 1; at >= start; at--, rest >>= 8) if ((bytes[at]! ^ masks[maskAt + at - start]!) !== (rest & 0xff)) return false
  for (let at = start; at < end; at++) bytes[at]! ^= masks[maskAt + at - start]!
  return true
}
