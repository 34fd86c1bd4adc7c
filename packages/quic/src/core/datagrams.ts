// Unreliable datagrams: each goes out once, whole, or not at all, and its sender may hear what became of it. RFC 9221.
// Received ones and verdicts are announced, then taken by the owner: neither side makes an object per datagram.
import type { Reader, Writer } from '@millrace/bytes'
import { TAG_LENGTH } from './crypto/protection.ts'
import { DatagramQueue } from './datagram-queue.ts'
import { TransportViolation } from './errors.ts'
import type { ConnectionEvent, EventQueue } from './events.ts'
import { MAX_PENDING_DATAGRAMS, MAX_RECEIVED_DATAGRAMS } from './limits.ts'
import type { Path } from './paths/path.ts'
import type { SentPacket } from './recovery/sent-packet.ts'
import { MAX_CONNECTION_ID_LENGTH } from './wire/connection-id.ts'
import { DATAGRAM_LENGTH_BIT, DATAGRAM_TYPE, datagramFrameSize } from './wire/frames/datagram.ts'

/** Which of them gives way when another comes and the queue is full. */
export type DatagramDropPolicy = 'drop-oldest' | 'drop-newest'

/** `lost`: most likely, for it may still arrive. `abandoned`: it never left. */
export type DatagramStatus = 'acknowledged' | 'lost' | 'abandoned'

export interface DatagramStats {
  sent: number
  /** Bytes of those that were sent, without type and length. */
  bytesSent: number
  received: number
  acknowledged: number
  lost: number
  /** Dropped here, unsent: the queue was full, or the path no longer takes them. */
  abandoned: number
  /** Dropped here, received: the owner did not come for them in time. */
  overflowed: number
}

/** Bytes of a 1-RTT packet besides its payload, the connection id apart, with the longest packet number. RFC 9000 section 17.3.1. */
const PACKET_OVERHEAD = 1 + 4 + TAG_LENGTH

/**
 * The same of a 0-RTT packet: type, version, lengths of two connection ids, two bytes of packet length, the longest packet number and id of our own.
 * RFC 9000 section 17.2.3.
 */
const EARLY_OVERHEAD = 1 + 4 + 2 + 2 + 4 + MAX_CONNECTION_ID_LENGTH + TAG_LENGTH

/** Type, and a length of two bytes. */
const FRAME_OVERHEAD = 3

const RECEIVED: ConnectionEvent = { type: 'datagramsReceived' }
const DRAINED: ConnectionEvent = { type: 'datagramsDrained' }
const SETTLED: ConnectionEvent = { type: 'datagramsSettled' }

/** Of connections without datagrams: nothing is put into these. */
const NO_QUEUE = new DatagramQueue()
const NO_IDS: number[] = []
const NO_STATUSES: DatagramStatus[] = []

/** @internal */
export class Datagrams {
  readonly stats: DatagramStats = { sent: 0, bytesSent: 0, received: 0, acknowledged: 0, lost: 0, abandoned: 0, overflowed: 0 }
  /** Datagrams that wait to be sent, at most. */
  maxPending: number = MAX_PENDING_DATAGRAMS
  /** Whether anyone wants to hear what becomes of those that are sent. */
  statusWanted = false
  /** The owner wants to hear when none waits to be sent any more, once. */
  drainWanted = false
  readonly #ownLimit: number
  readonly #policy: DatagramDropPolicy
  readonly #events: EventQueue
  // Made when something is put into them.
  #outgoing = NO_QUEUE
  #incoming = NO_QUEUE
  #settledIds = NO_IDS
  #settledAs = NO_STATUSES
  #peerLimit = 0
  #lastId = 0

  /** `ownLimit` is our max_datagram_frame_size; 0 takes none. */
  constructor(ownLimit: number, policy: DatagramDropPolicy, events: EventQueue) {
    this.#ownLimit = ownLimit
    this.#policy = policy
    this.#events = events
  }

  /** The peer's max_datagram_frame_size: bytes of its largest frame, with type and length. RFC 9221 section 3. */
  usePeerLimit(bytes: number): void {
    this.#peerLimit = bytes
  }

  /** Bytes of the largest datagram that may be sent on a path now, in 0-RTT if `early`; 0 if the peer takes none. RFC 9221 section 5. */
  maxSize(path: Path, early = false): number {
    const room = path.mtu.size - (early ? EARLY_OVERHEAD : PACKET_OVERHEAD) - path.remoteId.connectionId.length - FRAME_OVERHEAD
    return Math.min(room, largestData(this.#peerLimit))
  }

  /** Puts a datagram in line; the bytes must stay as they are until it is sent. Returns its number, from 1 on. One that has to give way is abandoned. */
  send(data: Uint8Array): number {
    const id = ++this.#lastId
    if (this.#outgoing.length >= this.maxPending) {
      if (this.#policy === 'drop-newest' || this.#outgoing.length === 0) {
        this.#abandon(id)
        return id
      }
      this.#abandonFirst()
    }
    if (this.#outgoing === NO_QUEUE) this.#outgoing = new DatagramQueue()
    this.#outgoing.push(id, data)
    return id
  }

  get pending(): number {
    return this.#outgoing.length
  }

  get wantsToSend(): boolean {
    return this.#outgoing.length > 0
  }

  /** As many as the packet has room for, in order. What no packet on this path can carry any more is abandoned. */
  fill(packet: SentPacket, writer: Writer, path: Path): void {
    const largest = this.maxSize(path)
    path.mtu.need()
    while (this.#outgoing.length > 0) {
      const data = this.#outgoing.firstData
      if (data.length > largest) {
        this.#abandonFirst()
        continue
      }
      if (datagramFrameSize(data.length) > writer.room) return
      writer.u8(DATAGRAM_TYPE | DATAGRAM_LENGTH_BIT)
      writer.varint(data.length)
      writer.bytes(data)
      packet.addDatagram(this.#outgoing.firstId)
      this.stats.sent++
      this.stats.bytesSent += data.length
      this.#shift()
    }
  }

  /** Takes what follows a frame type that was read; `early`: from a 0-RTT packet. Throws PROTOCOL_VIOLATION for more than we declared. RFC 9221 section 3. */
  accept(reader: Reader, type: number, early = false): void {
    const before = reader.remaining
    const length = type === DATAGRAM_TYPE ? before : reader.varint()
    const size = 1 + before - reader.remaining + length
    if (this.#ownLimit === 0) throw new TransportViolation('PROTOCOL_VIOLATION', 'DATAGRAM to an endpoint that takes none', type)
    if (size > this.#ownLimit) {
      throw new TransportViolation('PROTOCOL_VIOLATION', `DATAGRAM of ${size} bytes, more than ${this.#ownLimit}`, type)
    }
    const data = reader.copy(length)
    this.stats.received++
    if (this.#incoming.length === 0) this.#events.push(RECEIVED)
    else if (this.#incoming.length >= MAX_RECEIVED_DATAGRAMS) {
      this.#incoming.shift()
      this.stats.overflowed++
    }
    if (this.#incoming === NO_QUEUE) this.#incoming = new DatagramQueue()
    this.#incoming.push(early ? -this.stats.received : this.stats.received, data)
  }

  /** Whether the next that `take` gives came in 0-RTT, which an attacker can replay: its number is negative. RFC 9221 section 3, RFC 9001 section 9.2. */
  get firstIsEarly(): boolean {
    return this.#incoming.length > 0 && this.#incoming.firstId < 0
  }

  /** The oldest that arrived, the caller's to keep; null if there is none. */
  take(): Uint8Array | null {
    if (this.#incoming.length === 0) return null
    const data = this.#incoming.firstData
    this.#incoming.shift()
    return data
  }

  /** Tells what became of each, in the order in which it was learnt. */
  takeSettled(tell: (id: number, status: DatagramStatus) => void): void {
    const ids = this.#settledIds
    const statuses = this.#settledAs
    this.#settledIds = NO_IDS
    this.#settledAs = NO_STATUSES
    for (let i = 0; i < ids.length; i++) tell(ids[i]!, statuses[i]!)
  }

  delivered(packet: SentPacket): void {
    this.stats.acknowledged += packet.datagramCount
    for (let i = 0; i < packet.datagramCount; i++) this.#settle(packet.datagram(i), 'acknowledged')
  }

  /** Never sent again. RFC 9221 section 5.2. */
  lost(packet: SentPacket): void {
    this.stats.lost += packet.datagramCount
    for (let i = 0; i < packet.datagramCount; i++) this.#settle(packet.datagram(i), 'lost')
  }

  #abandonFirst(): void {
    const id = this.#outgoing.firstId
    this.#shift()
    this.#abandon(id)
  }

  #shift(): void {
    this.#outgoing.shift()
    if (!this.drainWanted || this.#outgoing.length > 0) return
    this.drainWanted = false
    this.#events.push(DRAINED)
  }

  #abandon(id: number): void {
    this.stats.abandoned++
    this.#settle(id, 'abandoned')
  }

  #settle(id: number, status: DatagramStatus): void {
    if (!this.statusWanted) return
    if (this.#settledIds.length === 0) {
      this.#events.push(SETTLED)
      this.#settledIds = []
      this.#settledAs = []
    }
    this.#settledIds.push(id)
    this.#settledAs.push(status)
  }
}

/** What fits a frame of so many bytes: a length below 64 takes one byte, any other two or more. */
function largestData(frame: number): number {
  for (const lengthSize of [1, 2, 4]) {
    const data = frame - 1 - lengthSize
    if (datagramFrameSize(data < 0 ? 0 : data) <= frame) return Math.max(data, 0)
  }
  return 0
}
