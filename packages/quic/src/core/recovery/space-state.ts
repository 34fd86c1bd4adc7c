// What recovery knows of one packet-number space. RFC 9002 appendix A.3.
import type { SpaceName } from '../crypto/level.ts'
import type { Instant } from '../instant.ts'
import { EcnMarks } from './ecn-marks.ts'
import { LostPackets } from './lost-packets.ts'
import { PacketPile } from './packet-pile.ts'
import { LossRun } from './persistent-congestion.ts'
import type { SentPacket } from './sent-packet.ts'
import { SentPackets } from './sent-packets.ts'

export class SpaceState {
  readonly name: SpaceName
  readonly sent: SentPackets
  readonly lossRun: LossRun = new LossRun()
  readonly lost: LostPackets = new LostPackets()
  /** -1 before the first acknowledgement. */
  largestAcknowledged = -1
  /** When the oldest packet in flight will be lost by time; Infinity if none waits for that. */
  lossAt: Instant = Number.POSITIVE_INFINITY
  /** When the newest ack-eliciting packet left. */
  lastElicitingAt: Instant = Number.NEGATIVE_INFINITY
  /** Since when those in flight have been waiting for an acknowledgement: the latest one, or when the first of them left. Stale if none is. */
  awaitedSince: Instant = Number.NEGATIVE_INFINITY
  /** Ack-eliciting packets in flight. */
  elicitingInFlight = 0
  /** Probe packets still to send. */
  probesWanted = 0
  readonly ecn: EcnMarks = new EcnMarks()
  discarded = false

  constructor(name: SpaceName, pile?: PacketPile) {
    this.name = name
    this.sent = new SentPackets(pile)
  }

  /** So many ack-eliciting packets have left. */
  elicitingSent(count: number, now: Instant): void {
    if (this.elicitingInFlight === 0) this.awaitedSince = now
    this.elicitingInFlight += count
    this.lastElicitingAt = now
  }

  /** A packet is out no more, whatever the reason. */
  leave(packet: SentPacket): void {
    if (packet.inFlight) packet.path!.flight.packetLeft(packet)
    if (packet.ackEliciting) this.elicitingInFlight -= packet.count
  }

  /** Forgets what is out. Packet numbers go on. */
  clear(): void {
    this.sent.clear()
    this.lossRun.interrupt()
    this.lost.clear()
    this.lossAt = Number.POSITIVE_INFINITY
    this.lastElicitingAt = Number.NEGATIVE_INFINITY
    this.elicitingInFlight = 0
    this.probesWanted = 0
  }

  /** Its keys are gone: what was out is forgotten already. */
  retire(): void {
    this.discarded = true
    this.sent.retire()
  }

  /** Each packet that is neither acknowledged nor lost, oldest first. `visit` must not change which those are. */
  forEachOutstanding(visit: (packet: SentPacket) => void): void {
    for (let number = this.sent.oldest; number < this.sent.next; number++) {
      const packet = this.sent.lookup(number)!
      if (packet.state === 'outstanding') visit(packet)
    }
  }

  /** The oldest packets that have something to say, as many as there are probes to say it in. One that held only a PING has nothing to say. */
  forEachToRestate(visit: (packet: SentPacket) => void): void {
    let wanted = this.probesWanted
    for (let number = this.sent.oldest; number < this.sent.next && wanted > 0; number++) {
      const { state, frameCount, chunkCount } = this.sent.runOf(number)!
      if (state !== 'outstanding' || frameCount + chunkCount === 0) continue
      wanted--
      visit(this.sent.lookup(number)!)
    }
  }
}

/** From which nothing is taken: a packet of a discarded space would be every connection's. */
class NoPackets extends PacketPile {
  override take(): never {
    throw new RangeError('the keys of this packet-number space are discarded')
  }
}

/** In place of a space whose keys are gone, for all connections: nothing is put into it, and what a connection no longer uses it need not hold. */
export const DISCARDED: SpaceState = new SpaceState('initial', new NoPackets())
DISCARDED.retire()
