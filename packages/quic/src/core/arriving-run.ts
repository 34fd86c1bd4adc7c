// A train that arrives: datagrams with one 1-RTT packet each, the next in order, and in it one STREAM frame and nothing else. What cannot change from one to the
// next is asked once for all of them, and what they bring is told once; what is left for each is its mask, its number, its tag and its bytes. `Receiver`, which
// looks at everything, has what is not like this. RFC 9000 sections 12.3, 13.1 and 19.8.
import type { Reader } from '@millrace/bytes'
import type { Arrival, Connection } from './connection.ts'
import { KEY_PHASE_BIT } from './crypto/key-phases.ts'
import { MASK_STRIDE, type Opener, type PacketMemory, SAMPLE_LENGTH, SAMPLE_OFFSET, TAG_LENGTH } from './crypto/protection.ts'
import type { Instant } from './instant.ts'
import { LAST_PACKETS } from './last-packets.ts'
import { MAX_MASKS_AHEAD } from './limits.ts'
import type { PacketSpace } from './packet-space.ts'
import { CE } from './recovery/ecn.ts'
import { ECN_CODEPOINTS } from './recovery/received-packets.ts'
import type { Stream } from './streams/stream.ts'

/** Of a short header's first byte: what header protection covers, and what is zero in all packets that are taken here. RFC 9000 section 17.3.1. */
const PROTECTED = 0x1f
const ZERO = 0x98
const FIXED_BIT = 0x40
const SPIN_BIT = 0x20
const NUMBER_LENGTH = 0x03

/** STREAM frames with an offset, with or without a length, that do not end the stream. RFC 9000 section 19.8. */
const STREAM_FROM_OFFSET = 0x0c
const LENGTH_BIT = 0x02
/** Bytes of such a frame before its data, at most: a type, and three integers. What is shorter is left to those who check each. */
const LONGEST_HEAD = 1 + 3 * 8

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
  /** Whose data they bring. */
  #stream: Stream | null = null
  /** Datagrams of the run that are dealt with. */
  #taken = 0
  /** Those of them that were like the others and are not told of yet, and the bytes of the stream in them. */
  #untold = 0
  #streamBytes = 0
  #spin = false

  constructor(connection: Connection, taker: PacketTaker, reader: Reader) {
    this.#connection = connection
    this.#taker = taker
    this.#reader = reader
  }

  /**
   * Takes in up to `count` datagrams of the length of `arrival` that lie end to end from its offset on. The caller knows that the first is for this connection, and
   * came along the path in use. Returns how many it were: fewer, and maybe none, as soon as one is to be looked at more closely.
   */
  take(arrival: Arrival, count: number, now: Instant): number {
    const { length } = arrival
    const connection = this.#connection
    const { path } = connection
    const { space } = path
    this.#taken = 0
    this.#untold = 0
    this.#streamBytes = 0
    try {
      while (this.#taken < count && this.#walk(space, arrival, Math.min(count, this.#taken + MAX_MASKS_AHEAD), now)) {}
      this.#tell(space, arrival, now)
    } catch (error) {
      this.#tell(space, arrival, now)
      connection.fail(error)
    }
    path.amplification.received(this.#taken * length)
    this.#taker.stats.bytes += this.#taken * length
    connection.recovery.amplificationBlocked = connection.path.room === 0
    return this.#taken
  }

  /** What opens packets from `number` on, of which those of `#stream` are asked for nothing else; null if all are to be looked at. */
  #openerFrom(number: number, { length, ecn }: Arrival): Opener | null {
    const { closing, handshakeConfirmed, keyPhases, localIds, paths, qlog, streams } = this.#connection
    const least = 1 + localIds.length + SAMPLE_OFFSET + SAMPLE_LENGTH
    if (length < least || ecn === CE || qlog !== null || closing.state !== 'open' || !handshakeConfirmed || !paths.isAtHome) return null
    this.#stream = streams.latest
    return this.#stream?.receive?.wantsCredit === true ? keyPhases.openerFrom(number) : null
  }

  /** Goes on up to the datagram `until`. False if the next one is to be looked at. */
  #walk(space: PacketSpace, arrival: Arrival, until: number, now: Instant): boolean {
    const { memory, offset, length } = arrival
    const { bytes } = memory
    const { keyPhases, localIds, parameters } = this.#connection
    const idLength = localIds.length
    const phase = keyPhases.bit ? KEY_PHASE_BIT : 0
    // A peer that knows that we do without the bit may have it as it likes. RFC 9287 section 3.
    const watched = (parameters.greaseQuicBit ? 0 : FIXED_BIT) | ZERO | KEY_PHASE_BIT
    let number = this.#nextNumber(space)
    const opener = this.#openerFrom(number, arrival)
    if (opener === null) return false
    const begin = offset + this.#taken * length
    const masks = opener.masks(memory, begin + 1 + idLength, length, until - this.#taken)
    for (let start = begin, mask = 0; this.#taken < until; start += length, mask += MASK_STRIDE, number++) {
      const first = bytes[start]! ^ (masks[mask]! & PROTECTED)
      const payload = start + 1 + idLength + (first & NUMBER_LENGTH) + 1
      if (((first ^ FIXED_BIT ^ phase) & watched) !== 0 || !isSame(bytes, offset + 1, start + 1, idLength)) return false
      if (!unmaskNumber(bytes, start + 1 + idLength, payload, masks, mask + 1, number)) return false
      bytes[start] = first
      // It is no more what arrived: from here on it is for nobody else.
      this.#taken++
      const end = start + length
      if (!opener.open(memory, start, payload - start, end - payload, number)) {
        this.#tell(space, arrival, now)
        this.#taker.refuse(opener, memory, start, end)
        return false
      }
      if (!this.#takeData(bytes, payload, end - TAG_LENGTH)) {
        this.#tell(space, arrival, now)
        this.#taker.acceptOpened(space, number, memory, start, payload, end, arrival.ecn, now)
        // It may have changed all that was asked before. If nothing, and others are like it, the masks are good still.
        if (this.#nextNumber(space) !== number + 1 || this.#openerFrom(number + 1, arrival) !== opener) return false
        continue
      }
      this.#untold++
      this.#spin = (first & SPIN_BIT) !== 0
    }
    return true
  }

  /** Of the packet behind those that were taken. */
  #nextNumber({ received }: PacketSpace): number {
    return received.largest + this.#untold + 1
  }

  /** False, and nothing done, unless one STREAM frame of the stream at hand is all that there is. */
  #takeData(bytes: Buffer, start: number, end: number): boolean {
    const stream = this.#stream!
    const type = bytes[start]!
    if ((type & ~LENGTH_BIT) !== STREAM_FROM_OFFSET || end - start < LONGEST_HEAD) return false
    const reader = this.#reader.reset(bytes, start + 1, end)
    if (reader.varint() !== stream.id) return false
    const offset = reader.varint()
    const length = (type & LENGTH_BIT) === 0 ? reader.remaining : reader.varint()
    if (length !== reader.remaining) return false
    stream.receive!.receiveMore(offset, bytes, reader.offset, length)
    this.#streamBytes += length
    return true
  }

  /** Tells of those packets that were alike. */
  #tell(space: PacketSpace, { length, ecn }: Arrival, now: Instant): void {
    const count = this.#untold
    if (count === 0) return
    this.#untold = 0
    const { idle, streams, paths, lastReceived } = this.#connection
    const first = space.received.largest + 1
    const last = first + count - 1
    this.#taker.stats.packets += count
    idle.received(now)
    streams.dataAccepted(this.#stream!)
    space.received.recordRun(first, count, now, ECN_CODEPOINTS[ecn] as 'notEct' | 'ect0' | 'ect1')
    paths.packetsReceived(count, this.#streamBytes)
    this.#streamBytes = 0
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
