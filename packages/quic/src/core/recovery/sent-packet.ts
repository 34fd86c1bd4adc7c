// What one sent packet carried, kept until it is acknowledged or lost. RFC 9002 appendix A.1.1, RFC 9000 section 13.3.
// Packets and chunks are pooled and reset: sending allocates nothing in steady state.
import type { Instant } from '../instant.ts'
import type { Frame } from '../wire/frames/index.ts'
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

export class SentPacket {
  /** The path that it left by: what becomes of it says nothing of any other. RFC 9000 section 9.4. */
  path: PathRecovery | null = null
  number = -1
  state: SentPacketState = 'free'
  sentAt: Instant = 0
  /**
   * Bytes of the QUIC packet on the wire, header and tag included, UDP and IP excluded. Of a probe 0: what becomes of it says nothing of the
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
  /** Bytes in flight, itself included. */
  bytesInFlight = 0
  applicationLimited = false
  /** The first `frameCount` entries are what was stated; entries beyond are leftovers of earlier packets. */
  readonly frames: Frame[] = []
  frameCount = 0
  /** The first `chunkCount` entries are what was sent. */
  readonly chunks: SentChunk[] = []
  chunkCount = 0
  /** The first `datagramCount` entries are the numbers of the datagrams that were sent. */
  readonly datagrams: number[] = []
  datagramCount = 0

  /** Makes the place ready for a new packet. */
  reset(number: number): void {
    this.number = number
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
    if (this.chunkCount === this.chunks.length) this.chunks.push(new SentChunk())
    const chunk = this.chunks[this.chunkCount++]!
    chunk.owner = owner
    chunk.offset = offset
    chunk.length = length
    chunk.fin = fin
    this.ackEliciting = true
    this.inFlight = true
  }

  /** Remembers a datagram, which is never sent again. RFC 9221 section 5.2. */
  addDatagram(id: number): void {
    this.datagrams[this.datagramCount++] = id
    this.ackEliciting = true
    this.inFlight = true
  }

  /** Tells every chunk's owner that its bytes have arrived. */
  deliverChunks(): void {
    for (let i = 0; i < this.chunkCount; i++) {
      const chunk = this.chunks[i]!
      chunk.owner!.chunkDelivered(chunk.offset, chunk.length, chunk.fin)
    }
  }

  /** Tells every chunk's owner to send its bytes again. */
  loseChunks(): void {
    for (let i = 0; i < this.chunkCount; i++) {
      const chunk = this.chunks[i]!
      chunk.owner!.chunkLost(chunk.offset, chunk.length, chunk.fin)
    }
  }

  /** Lets go of the content, lest a place that is not used again keep a finished stream's buffers alive. */
  release(): void {
    for (let i = 0; i < this.chunkCount; i++) this.chunks[i]!.owner = null
    this.chunkCount = 0
    this.frameCount = 0
    this.datagramCount = 0
  }
}
