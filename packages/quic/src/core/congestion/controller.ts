// What a congestion controller is: it decides how much may be in flight and how fast it leaves, nothing else. RFC 9002 section 7.
// Recovery decides what is lost and speaks in batches: one call for each ACK frame, one for each sweep of losses.
import type { Instant } from '../instant.ts'
import type { RttEstimator } from '../recovery/rtt.ts'

/** One per path. A new algorithm is a class with these members, handed in as a value; `compliance.ts` tests it. */
export interface CongestionController {
  /** For qlog and the dashboard. */
  readonly name: string
  /** Bytes that may be in flight. Never under two datagrams. */
  readonly window: number
  /** The window at which slow start ends, in bytes; Infinity until it is known. */
  readonly slowStartThreshold: number
  readonly inSlowStart: boolean
  /** Bytes per millisecond at which to send; null leaves it to the pacer: the window, spread over the round trip. */
  readonly pacingRate: number | null

  /** An ACK frame acknowledged packets that were in flight. */
  packetsAcknowledged(batch: Readonly<AckBatch>): void
  /** Packets that were in flight were lost. */
  packetsLost(batch: Readonly<LossBatch>): void
  /** The peer reports more congestion marks; the newest packet it acknowledged left at `sentAt`. RFC 9002 section 7.1. */
  congestionExperienced(sentAt: Instant, now: Instant): void
  /** Everything sent over a long time was lost: start over from the minimum window. RFC 9002 section 7.6. */
  persistentCongestion(now: Instant): void
  /** The largest datagram that the path takes has changed, in bytes. RFC 9002 section 7.2. */
  datagramSizeChanged(bytes: number): void
  /** Back to the initial state: after a Retry packet (RFC 9002 section 6.3), or when the peer moved to another path (RFC 9000 section 9.4). */
  reset(): void
  /** Nothing was in flight, and sending begins again. For controllers that age what they know while idle. */
  sendingResumed?(now: Instant): void
}

/** Makes the controller of one path. */
export type CongestionControllerFactory = (maxDatagramSize: number) => CongestionController

/** What one ACK frame acknowledged. One object is used again and again: read it, do not keep it. */
export class AckBatch {
  now: Instant = 0
  /** Bytes of the packets newly acknowledged. Only what was in flight counts. */
  bytes = 0
  /** When the first and the last of those packets left. */
  oldestSentAt: Instant = 0
  newestSentAt: Instant = 0
  /** Bytes in flight before the ACK frame came, and after it and the losses that it revealed. */
  priorBytesInFlight = 0
  bytesInFlight = 0
  /** The window was not in use: there was no more to send. It must not grow then (RFC 9002 section 7.8). */
  applicationLimited = false
  readonly rtt: Readonly<RttEstimator>

  constructor(rtt: Readonly<RttEstimator>) {
    this.rtt = rtt
  }
}

/** What one sweep found lost. One object is used again and again. */
export class LossBatch {
  now: Instant = 0
  bytes = 0
  /** When the last of the lost packets left. */
  newestSentAt: Instant = 0
  /** Bytes still in flight. */
  bytesInFlight = 0
}
