// Round-trip time: the estimate and the waits that follow from it. RFC 9002 section 5.
import type { Instant } from '../instant.ts'

/** RFC 9002 section 6.2.2. */
export const INITIAL_RTT_MILLIS = 333
/** No wait is shorter than what a timer can measure: kGranularity, RFC 9002 section 6.1.2. */
export const GRANULARITY_MILLIS = 1

export const TIME_THRESHOLD: number = 9 / 8
export const PERSISTENT_CONGESTION_THRESHOLD = 3

/** All in milliseconds. */
export class RttEstimator {
  /** The newest sample; 0 before the first. */
  latest = 0
  smoothed: number
  /** Mean deviation of the samples: rttvar. */
  variance: number
  /** Least sample seen; 0 before the first. Not adjusted for the peer's delay, so the peer cannot lower it. */
  minimum = 0
  firstSampleAt: Instant | null = null

  constructor(initialMillis: number = INITIAL_RTT_MILLIS) {
    this.smoothed = initialMillis
    this.variance = initialMillis / 2
  }

  /** What the round trip is taken to be until the first sample: kInitialRtt of this path. Without effect after it. Section 6.2.2. */
  assume(millis: number): void {
    if (this.firstSampleAt !== null) return
    this.smoothed = millis
    this.variance = millis / 2
  }

  /**
   * Takes a sample. `ackDelay` is what the peer says it waited; of that at most `ackDelayLimit` is believed (its max_ack_delay once the
   * handshake is confirmed, before that Infinity: section 5.3).
   */
  sample(latest: number, ackDelay: number, ackDelayLimit: number, now: Instant): void {
    this.latest = latest
    if (this.firstSampleAt === null) {
      this.firstSampleAt = now
      this.minimum = latest
      this.smoothed = latest
      this.variance = latest / 2
      return
    }
    this.minimum = Math.min(this.minimum, latest)
    const delay = Math.min(ackDelay, ackDelayLimit)
    const adjusted = latest >= this.minimum + delay ? latest - delay : latest
    // The deviation is taken from the former mean, as in appendix A.7 and RFC 6298; section 5.3 lists the two lines the other way round.
    this.variance += (Math.abs(this.smoothed - adjusted) - this.variance) / 4
    this.smoothed += (adjusted - this.smoothed) / 8
  }

  /** Probe timeout before max_ack_delay and backoff. Section 6.2.1. */
  get ptoBase(): number {
    return this.smoothed + Math.max(4 * this.variance, GRANULARITY_MILLIS)
  }

  /** How long a packet may stay unacknowledged after a later one was acknowledged. Section 6.1.2. */
  get lossDelay(): number {
    return Math.max(TIME_THRESHOLD * Math.max(this.smoothed, this.latest), GRANULARITY_MILLIS)
  }

  /** How long an unbroken run of losses must span to prove persistent congestion. Section 7.6.1. */
  persistentCongestionDuration(maxAckDelay: number): number {
    return (this.ptoBase + maxAckDelay) * PERSISTENT_CONGESTION_THRESHOLD
  }

  /** After persistent congestion the path may have changed: the newest sample is the least one known. Section 5.2. */
  restartMinimum(): void {
    this.minimum = this.latest
  }
}
