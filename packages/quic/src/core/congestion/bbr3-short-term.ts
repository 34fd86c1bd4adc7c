// What losses outside of a probe say about the path of now: bounds on bandwidth and on what is in flight, which hold until the next probe for more.
// draft-ietf-ccwg-bbr section 5.5.10.3.
import type { DeliverySample } from './controller.ts'

export class ShortTermBounds {
  /** Bytes per millisecond: bw_shortterm. Infinity while nothing was lost. */
  bandwidth: number = Number.POSITIVE_INFINITY
  /** Bytes: inflight_shortterm. */
  inFlight: number = Number.POSITIVE_INFINITY
  /** The greatest of the last round trip: bw_latest and inflight_latest. */
  rate = 0
  delivered = 0
  #lossInRound = false
  /** A round of losses ends when this much is delivered. */
  #roundEndsAt = 0
  #roundEnded = false

  /** Packets are lost. */
  lost(totalDelivered: number): void {
    if (!this.#lossInRound) this.#roundEndsAt = totalDelivered
    this.#lossInRound = true
  }

  /** The peer reports congestion marks. */
  marked(): void {
    this.#lossInRound = true
  }

  /** At the beginning of an ACK frame. Returns whether a round trip with losses has ended, so that the bounds are to be adapted. */
  acknowledged(sample: Readonly<DeliverySample>): boolean {
    this.rate = Math.max(this.rate, sample.rate)
    this.delivered = Math.max(this.delivered, sample.delivered)
    this.#roundEnded = sample.priorDelivered >= this.#roundEndsAt
    if (!this.#roundEnded) return false
    this.#roundEndsAt = sample.totalDelivered
    const hadLoss = this.#lossInRound
    this.#lossInRound = false
    return hadLoss
  }

  /** Down to what is delivered now, but no further than `beta` of what the bounds were. */
  adapt(maximumBandwidth: number, window: number, beta: number): void {
    const bandwidth = this.bandwidth === Number.POSITIVE_INFINITY ? maximumBandwidth : this.bandwidth
    const inFlight = this.inFlight === Number.POSITIVE_INFINITY ? window : this.inFlight
    this.bandwidth = Math.max(this.rate, beta * bandwidth)
    this.inFlight = Math.max(this.delivered, beta * inFlight)
  }

  /** At the end of an ACK frame. */
  advance(sample: Readonly<DeliverySample>): void {
    if (!this.#roundEnded) return
    this.rate = sample.rate
    this.delivered = sample.delivered
  }

  /** A phase begins whose samples shall not be mixed with earlier ones: ResetCongestionSignals. */
  restart(): void {
    this.#lossInRound = false
    this.rate = 0
    this.delivered = 0
  }

  /** The bounds are lifted. */
  reset(): void {
    this.bandwidth = Number.POSITIVE_INFINITY
    this.inFlight = Number.POSITIVE_INFINITY
  }
}
