// What a congestion controller is: it decides how much may be in flight and how fast it leaves, nothing else. RFC 9002 section 7.
// Recovery decides what is lost and speaks in batches: one call for each ACK frame, one for each sweep of losses.
import type { Instant } from '../instant.ts'
import { RttEstimator } from '../recovery/rtt.ts'

/** One per path. A new algorithm is a class with these members, handed in as a value; `compliance.ts` tests it. */
export interface CongestionController {
  /** For qlog and the dashboard. */
  readonly name: string
  /** Bytes that may be in flight. Never under two datagrams. */
  readonly window: number
  /** The window at which slow start ends, in bytes; Infinity until it is known. */
  readonly slowStartThreshold: number
  /** Whether the window still grows by what is acknowledged. RFC 9002 section 7.3.1. */
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
  /** All that was lost in the last congestion event arrived after all: there was no congestion. RFC 9438 section 4.9.2. */
  congestionDisproved?(now: Instant): void
  /** True while it keeps less in flight than the path takes, on purpose: delivery-rate samples then count as limited by the application. */
  readonly holdsBack?: boolean
  /** True if congestion marks mean nothing to it: then no packet is sent as one that may be marked. RFC 3168 section 5. */
  readonly ignoresMarks?: boolean
}

/** Makes the controller of one path. `maxDatagramSize` is in bytes, `random` gives numbers from 0 up to but not including 1. */
export type CongestionControllerFactory = (maxDatagramSize: number, random: () => number) => CongestionController

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
  /**
   * No more than half of the window was in flight at any moment of this round trip and the one before, however often there was something to send: the peer's flow
   * control held it back, for one. A controller that is not itself what sets the pace must not grow it then (RFC 9002 section 7.8).
   */
  underused = false
  /** Milliseconds from the sending of the newest packet to this frame; Infinity if the frame gives no sample. RFC 9002 section 5.1. */
  rttSample: number = Number.POSITIVE_INFINITY
  /** Of the path. */
  rtt: Readonly<RttEstimator>
  readonly sample: DeliverySample = new DeliverySample()

  constructor(rtt: Readonly<RttEstimator>) {
    this.rtt = rtt
  }
}

/** How fast the path delivers, by the newest packet of one ACK frame: draft-ietf-ccwg-bbr section 4.1. Counts of bytes. */
export class DeliverySample {
  /** Bytes per millisecond; 0 if the frame gives no sample to rely on. */
  rate = 0
  /** Delivered between the last delivery before that packet left and now. */
  delivered = 0
  /** Lost since it left. */
  lost = 0
  /** Delivered before it left. A round trip is over when this reaches what was delivered when it began. */
  priorDelivered = 0
  /** In flight when it left, itself included. */
  bytesInFlight = 0
  /** There was nothing more to send at some moment in between, so the path may be able to do more. */
  applicationLimited = false
  /** Delivered and lost since the path began. */
  totalDelivered = 0
  totalLost = 0
}

/** What one sweep found lost. One object is used again and again. */
export class LossBatch {
  now: Instant = 0
  bytes = 0
  /** Runs of packets that were sent one after the other. */
  runs = 0
  /** Of the newest lost packet: its size, the bytes in flight when it had left, and the bytes lost since then, itself included. */
  newestSize = 0
  newestBytesInFlight = 0
  lostSinceNewest = 0
  /** That packet left while there was nothing more to send. */
  applicationLimited = false
  /** Delivered since the path began. */
  totalDelivered = 0
  /** When the last of the lost packets left. */
  newestSentAt: Instant = 0
  /** Bytes still in flight. */
  bytesInFlight = 0
}

/** Both of them. One pair serves all connections of a thread, of which none is told anything while another is. */
export class Batches {
  readonly acked: AckBatch = new AckBatch(new RttEstimator())
  readonly losses: LossBatch = new LossBatch()
}
