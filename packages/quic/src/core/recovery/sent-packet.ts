// What one sent packet carried, kept until it is acknowledged or lost. RFC 9002 appendix A.1.1, RFC 9000 section 13.3.
// Packets and chunks are pooled and reset: sending allocates nothing in steady state.
//
// One record may stand for a run of packets: those in the middle of a train, which differ in nothing but their numbers and the bytes of their one owner, and
// both follow each other. Most are acknowledged as they left, together; a run of which part has another fate is parted (`SentPackets.cut`).
import type { Instant } from '../instant.ts'
import type { Frame } from '../wire/frames/index.ts'
import type { DeliveredRun } from './delivered-run.ts'
import type { PathRecovery } from './path-recovery.ts'
import type { ReceivedPackets } from './received-packets.ts'

/**
 * Owns bytes that travel in STREAM or CRYPTO frames and hears what became of them. After a probe timeout the same bytes may be on their way
 * in several packets, so an owner hears of a byte more than once, and in any order: bytes once delivered stay delivered.
 */
export interface ChunkOwner {
  /** The peer has these bytes (and the FIN behind them, if `fin`). */
  chunkDelivered(offset: number, length: number, fin: boolean): void
  /** These bytes are to be sent again, those excepted that were delivered otherwise. */
  chunkLost(offset: number, length: number, fin: boolean): void
}

/** A run of bytes of one owner. */
export class SentChunk {
  owner: ChunkOwner | null = null
  offset = 0
  length = 0
  fin = false
}

/**
 * `building` until committed, then `outstanding`, at last `acknowledged` or `lost`. A `skipped` number was never sent on purpose
 * (RFC 9000 section 21.4), a `free` place never held a packet.
 */
export type SentPacketState = 'free' | 'building' | 'outstanding' | 'acknowledged' | 'lost' | 'skipped'

/** In place of a frame that was let go. */
const NOTHING: Frame = { type: 'ping' }

export class SentPacket {
  /** The path that it left by: what becomes of it says nothing of any other. RFC 9000 section 9.4. */
  path: PathRecovery | null = null
  /** Of a run that of its first packet. */
  number = -1
  /** Packets that it stands for. */
  count = 1
  state: SentPacketState = 'free'
  sentAt: Instant = 0
  /**
   * Bytes of each QUIC packet on the wire, header and tag included, UDP and IP excluded. Of a probe 0: what becomes of it says nothing of the
   * path's congestion or round trip.
   */
  size = 0
  /** Set by `addFrame` and `addChunk`; set it by hand for a PING that no one needs to hear of. */
  ackEliciting = false
  /** Counts against the congestion window: ack-eliciting, or padded. Set it by hand for PADDING. */
  inFlight = false
  /** Probes a path, or what it carries: its loss is no sign of congestion. RFC 9000 sections 9.4 and 14.4. Set it by hand. */
  probing = false
  /** Left with an ECN mark, on the path that is in use. RFC 9000 section 13.4.2. */
  marked = false
  /** Largest packet number in the ACK frame that this packet carried; -1 if it carried none. */
  largestAcknowledged = -1
  /** Whose numbers that frame spoke of; of a space that may be another path's than the packet itself. Holds only where there was such a frame. */
  acknowledges: ReceivedPackets | null = null
  // What the books said when it left, for the delivery rate: draft-ietf-ccwg-bbr section 4.1.2. Only what is in flight has these.
  /** Bytes delivered and bytes lost on the path until then. */
  delivered = 0
  lost = 0
  /** When the newest delivery had been before it. */
  deliveredAt: Instant = 0
  /** When the flight began that it ends. */
  firstSentAt: Instant = 0
  /** Bytes in flight, itself included, and all of its run. */
  bytesInFlight = 0
  applicationLimited = false
  /** The first `frameCount` entries are what was stated; there is nothing in those beyond. */
  readonly frames: Frame[] = []
  frameCount = 0
  chunkCount = 0
  /** The first chunk lies in the packet itself, where it costs no other line of the cache: most packets have no more. */
  #owner: ChunkOwner | null = null
  #offset = 0
  #length = 0
  #fin = false
  /** The first `chunkCount` - 1 entries are the other chunks. */
  #others: SentChunk[] | null = null
  /** The first `datagramCount` entries are the numbers of the datagrams that were sent. */
  #datagrams: number[] | null = null
  datagramCount = 0

  /** The number of the run's last packet: of a packet alone its own. */
  get last(): number {
    return this.number + this.count - 1
  }

  /** Of all packets that it stands for. */
  get bytes(): number {
    return this.size * this.count
  }

  /** Makes the place ready for a new packet. */
  reset(number: number): void {
    this.number = number
    this.count = 1
    this.state = 'building'
    this.sentAt = 0
    this.size = 0
    this.ackEliciting = false
    this.inFlight = false
    this.probing = false
    this.marked = false
    this.largestAcknowledged = -1
    this.release()
  }

  /** Remembers a fact that must be stated again if this packet is lost. ACK, PADDING and CONNECTION_CLOSE are never resent: leave them out. */
  addFrame(frame: Frame): void {
    this.frames[this.frameCount++] = frame
    this.ackEliciting = true
    this.inFlight = true
  }

  /** Remembers bytes of a STREAM or CRYPTO frame. `length` may be 0 when only a FIN is sent. */
  addChunk(owner: ChunkOwner, offset: number, length: number, fin: boolean): void {
    if (this.chunkCount++ === 0) {
      this.#owner = owner
      this.#offset = offset
      this.#length = length
      this.#fin = fin
    } else this.#addChunk(owner, offset, length, fin)
    this.ackEliciting = true
    this.inFlight = true
  }

  /** Remembers bytes that `count` packets carry, from this one on, as many in each: it stands for all of them. */
  addRun(owner: ChunkOwner, offset: number, length: number, count: number): void {
    this.count = count
    this.addChunk(owner, offset, length * count, false)
  }

  /** Parts a run: `rest`, which is a free place, is from packet `number` of it on. */
  part(number: number, rest: SentPacket): void {
    const left = number - this.number
    const length = this.#length / this.count
    rest.reset(number)
    rest.path = this.path
    rest.state = this.state
    rest.sentAt = this.sentAt
    rest.size = this.size
    rest.marked = this.marked
    rest.ackEliciting = this.ackEliciting
    rest.inFlight = this.inFlight
    rest.delivered = this.delivered
    rest.lost = this.lost
    rest.deliveredAt = this.deliveredAt
    rest.firstSentAt = this.firstSentAt
    rest.bytesInFlight = this.bytesInFlight
    rest.applicationLimited = this.applicationLimited
    rest.count = this.count - left
    if (this.chunkCount > 0) rest.addChunk(this.#owner!, this.#offset + left * length, rest.count * length, false)
    this.count = left
    this.#length = left * length
    this.bytesInFlight -= rest.bytes
  }

  /** Remembers a datagram, which is never sent again. RFC 9221 section 5.2. */
  addDatagram(id: number): void {
    this.#datagrams ??= []
    this.#datagrams[this.datagramCount++] = id
    this.ackEliciting = true
    this.inFlight = true
  }

  /** Tells every chunk's owner that its bytes have arrived; by way of `run`, those that may be told together with what comes next. */
  deliverChunks(run: DeliveredRun | null = null): void {
    if (run !== null && this.chunkCount === 1 && !this.#fin) {
      run.add(this.#owner!, this.#offset, this.#length)
      return
    }
    run?.flush()
    if (this.chunkCount > 0) this.#owner!.chunkDelivered(this.#offset, this.#length, this.#fin)
    for (let i = 1; i < this.chunkCount; i++) {
      const { owner, offset, length, fin } = this.#others![i - 1]!
      owner!.chunkDelivered(offset, length, fin)
    }
  }

  /** Tells every chunk's owner to send its bytes again. */
  loseChunks(): void {
    if (this.chunkCount > 0) this.#owner!.chunkLost(this.#offset, this.#length, this.#fin)
    for (let i = 1; i < this.chunkCount; i++) {
      const { owner, offset, length, fin } = this.#others![i - 1]!
      owner!.chunkLost(offset, length, fin)
    }
  }

  /** What was sent, for who tells of it. */
  get chunks(): readonly Readonly<Omit<SentChunk, 'owner'>>[] {
    if (this.chunkCount === 0) return []
    const first = { offset: this.#offset, length: this.#length, fin: this.#fin }
    return [first, ...(this.#others?.slice(0, this.chunkCount - 1) ?? [])]
  }

  /** The number of the `index`-th datagram that was sent. */
  datagram(index: number): number {
    return this.#datagrams![index]!
  }

  /** Lets go of the content, lest a place that is not used again keep a finished stream's buffers alive. */
  release(): void {
    if (this.chunkCount > 0) this.#owner = null
    for (let i = 1; i < this.chunkCount; i++) this.#others![i - 1]!.owner = null
    for (let i = 0; i < this.frameCount; i++) this.frames[i] = NOTHING
    this.chunkCount = 0
    this.frameCount = 0
    this.datagramCount = 0
  }

  #addChunk(owner: ChunkOwner, offset: number, length: number, fin: boolean): void {
    this.#others ??= []
    const place = this.chunkCount - 2
    if (place === this.#others.length) this.#others.push(new SentChunk())
    const chunk = this.#others[place]!
    chunk.owner = owner
    chunk.offset = offset
    chunk.length = length
    chunk.fin = fin
  }
}
