// What recovery knows of one packet-number space. RFC 9002 appendix A.3.
import type { SpaceName } from '../crypto/level.ts'
import type { Instant } from '../instant.ts'
import { EcnMarks } from './ecn-marks.ts'
import { LostPackets } from './lost-packets.ts'
import { LossRun } from './persistent-congestion.ts'
import { SentPackets } from './sent-packets.ts'

export class SpaceState {
  readonly name: SpaceName
  readonly sent: SentPackets = new SentPackets()
  readonly lossRun: LossRun = new LossRun()
  readonly lost: LostPackets = new LostPackets()
  /** -1 before the first acknowledgement. */
  largestAcknowledged = -1
  /** When the oldest packet in flight will be lost by time; Infinity if none waits for that. */
  lossAt: Instant = Number.POSITIVE_INFINITY
  /** When the newest ack-eliciting packet left. */
  lastElicitingAt: Instant = Number.NEGATIVE_INFINITY
  /** Ack-eliciting packets in flight. */
  elicitingInFlight = 0
  /** Probe packets still to send. */
  probesWanted = 0
  readonly ecn: EcnMarks = new EcnMarks()
  discarded = false

  constructor(name: SpaceName) {
    this.name = name
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
}
