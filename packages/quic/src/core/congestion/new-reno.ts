// NewReno. RFC 9002 section 7 and appendix B.
import type { Instant } from '../instant.ts'
import type { AckBatch, CongestionController, LossBatch } from './controller.ts'
import { INITIAL_WINDOW_DATAGRAMS, initialWindow, minimumWindow } from './window.ts'

const LOSS_REDUCTION_FACTOR = 0.5

/** NewReno, the controller of RFC 9002 section 7.3. */
export class NewReno implements CongestionController {
  readonly name = 'newreno'
  /** The window, spread over the round trip, is pace enough. */
  readonly pacingRate: null = null
  window: number
  slowStartThreshold: number = Number.POSITIVE_INFINITY

  readonly #initialDatagrams: number
  #maxDatagramSize: number
  /** Packets sent at or before this moment belong to a congestion event that was answered already. */
  #recoveryStartedAt: Instant = Number.NEGATIVE_INFINITY
  /** Bytes acknowledged in congestion avoidance towards the next growth by one datagram. RFC 3465 section 2.1. */
  #towardsGrowth = 0

  /** `maxDatagramSize` is in bytes, 1200 or more; the initial window in datagrams. */
  constructor(maxDatagramSize: number, initialDatagrams: number = INITIAL_WINDOW_DATAGRAMS) {
    this.#maxDatagramSize = maxDatagramSize
    this.#initialDatagrams = initialDatagrams
    this.window = initialWindow(maxDatagramSize, initialDatagrams)
  }

  get inSlowStart(): boolean {
    return this.window < this.slowStartThreshold
  }

  packetsAcknowledged(batch: Readonly<AckBatch>): void {
    if (batch.applicationLimited || batch.underused) return
    // A frame that reaches back into the recovery period does not count, even for its newer packets: at most one frame's growth per period.
    if (batch.oldestSentAt <= this.#recoveryStartedAt) return
    if (this.inSlowStart) this.window = Math.min(this.window + batch.bytes, this.slowStartThreshold)
    else this.#avoidCongestion(batch.bytes)
  }

  packetsLost(batch: Readonly<LossBatch>): void {
    this.#reduce(batch.newestSentAt, batch.now)
  }

  congestionExperienced(sentAt: Instant, now: Instant): void {
    this.#reduce(sentAt, now)
  }

  persistentCongestion(_now: Instant): void {
    this.window = minimumWindow(this.#maxDatagramSize)
    this.#recoveryStartedAt = Number.NEGATIVE_INFINITY
    this.#towardsGrowth = 0
  }

  datagramSizeChanged(bytes: number): void {
    const untouched = this.window === this.#initialWindow() && this.slowStartThreshold === Number.POSITIVE_INFINITY
    this.#maxDatagramSize = bytes
    this.window = untouched ? this.#initialWindow() : Math.max(this.window, minimumWindow(bytes))
  }

  /** Goes on from where another controller has brought the path: see careful-resume.ts. */
  continueAt(window: number, slowStartThreshold: number): void {
    this.window = window
    this.slowStartThreshold = slowStartThreshold
    this.#towardsGrowth = 0
  }

  reset(): void {
    this.window = this.#initialWindow()
    this.slowStartThreshold = Number.POSITIVE_INFINITY
    this.#recoveryStartedAt = Number.NEGATIVE_INFINITY
    this.#towardsGrowth = 0
  }

  #initialWindow(): number {
    return initialWindow(this.#maxDatagramSize, this.#initialDatagrams)
  }

  /** One datagram for each window acknowledged, at most. Section 7.3.3. */
  #avoidCongestion(bytes: number): void {
    this.#towardsGrowth += bytes
    if (this.#towardsGrowth < this.window) return
    this.#towardsGrowth -= this.window
    this.window += this.#maxDatagramSize
  }

  /** Once per round trip: what left before the reduction could not know of it. Section 7.3.2. */
  #reduce(sentAt: Instant, now: Instant): void {
    if (sentAt <= this.#recoveryStartedAt) return
    this.#recoveryStartedAt = now
    this.slowStartThreshold = Math.max(Math.floor(this.window * LOSS_REDUCTION_FACTOR), minimumWindow(this.#maxDatagramSize))
    this.window = this.slowStartThreshold
    this.#towardsGrowth = 0
  }
}
