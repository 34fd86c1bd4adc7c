// CUBIC: after a reduction the window returns along a cubic curve, quickly at first, carefully near where it was lost, then ever bolder.
// RFC 9438; slow start ends by HyStart++ (RFC 9406). Sizes are in bytes here, where the RFC counts segments, and times in milliseconds.
import type { Instant } from '../instant.ts'
import type { AckBatch, CongestionController, LossBatch } from './controller.ts'
import { HyStart } from './hystart.ts'
import { INITIAL_WINDOW_DATAGRAMS, initialWindow, minimumWindow } from './window.ts'

/** C, in segments per cubed second: section 5.1. */
const AGGRESSIVENESS = 0.4
const MILLIS = 1000
/** What a reduction leaves: section 4.6. */
export const CUBIC_BETA = 0.7
/** Segments a window that Reno's growth amounts to with such a reduction: section 4.3. */
const RENO_GROWTH = (3 * (1 - CUBIC_BETA)) / (1 + CUBIC_BETA)
/** The window grows to this share of itself in a round trip at most: section 4.2. */
const GROWTH_LIMIT = 1.5

/** One run of congestion avoidance. Kept as a value so that a reduction that was none can be taken back: section 4.9.2. */
interface Epoch {
  window: number
  slowStartThreshold: number
  /** Where the last reduction struck: W_max. */
  maximum: number
  /** The window before the last reduction: cwnd_prior. */
  prior: number
  /** When the curve began; null until the first acknowledgement of congestion avoidance. */
  startedAt: Instant | null
  /** Milliseconds from there to the plateau: K. */
  plateauAfter: number
  /** What Reno's window would be: W_est. */
  reno: number
}

/** CUBIC with HyStart++, the default. RFC 9438, RFC 9406. */
export class Cubic implements CongestionController {
  readonly name = 'cubic'
  /** The window, spread over the round trip, is pace enough. */
  readonly pacingRate: null = null
  readonly #initialDatagrams: number
  readonly #hystart = new HyStart()
  #maxDatagramSize: number
  #epoch: Epoch
  #beforeReduction: Epoch | null = null
  /** Packets sent at or before this moment belong to a congestion event that was answered already. */
  #recoveryStartedAt: Instant = Number.NEGATIVE_INFINITY
  /** The last acknowledgement; the time since then is taken off the curve while the application leaves the window unused. */
  #acknowledgedAt: Instant = 0

  /** `maxDatagramSize` is in bytes, 1200 or more; the initial window in datagrams. */
  constructor(maxDatagramSize: number, initialDatagrams: number = INITIAL_WINDOW_DATAGRAMS) {
    this.#maxDatagramSize = maxDatagramSize
    this.#initialDatagrams = initialDatagrams
    this.#epoch = this.#firstEpoch()
  }

  get window(): number {
    return this.#epoch.window
  }

  get slowStartThreshold(): number {
    return this.#epoch.slowStartThreshold
  }

  get inSlowStart(): boolean {
    return this.#epoch.window < this.#epoch.slowStartThreshold
  }

  packetsAcknowledged(batch: Readonly<AckBatch>): void {
    const elapsed = batch.now - this.#acknowledgedAt
    this.#acknowledgedAt = batch.now
    if (batch.applicationLimited || batch.underused) {
      // Time in which nothing was tried is no time for the curve: section 5.8.
      if (this.#epoch.startedAt !== null) this.#epoch.startedAt += elapsed
      return
    }
    // A frame that reaches back into the recovery period does not count, even for its newer packets: at most one frame's growth per period.
    if (batch.oldestSentAt <= this.#recoveryStartedAt) return
    if (this.inSlowStart) this.#slowStart(batch)
    else this.#avoidCongestion(batch)
  }

  packetsLost(batch: Readonly<LossBatch>): void {
    this.#reduce(batch.newestSentAt, batch.now)
  }

  congestionExperienced(sentAt: Instant, now: Instant): void {
    this.#reduce(sentAt, now)
    this.#beforeReduction = null
  }

  /** Section 4.9.2. */
  congestionDisproved(_now: Instant): void {
    const before = this.#beforeReduction
    if (before === null) return
    this.#beforeReduction = null
    if (before.window > this.#epoch.window) this.#epoch = before
  }

  /** Section 4.8: once slow start has led back to the threshold, the curve begins at its plateau. */
  persistentCongestion(_now: Instant): void {
    this.#epoch.maximum = 0
    this.#epoch.window = minimumWindow(this.#maxDatagramSize)
    this.#epoch.startedAt = null
    this.#beforeReduction = null
    this.#recoveryStartedAt = Number.NEGATIVE_INFINITY
  }

  datagramSizeChanged(bytes: number): void {
    const untouched = this.window === this.#initialWindow() && this.slowStartThreshold === Number.POSITIVE_INFINITY
    this.#maxDatagramSize = bytes
    this.#epoch.window = untouched ? this.#initialWindow() : Math.max(this.window, minimumWindow(bytes))
  }

  /** Goes on from where another controller has brought the path: see careful-resume.ts. */
  continueAt(window: number, slowStartThreshold: number): void {
    this.#epoch = { ...this.#firstEpoch(), window, slowStartThreshold }
    this.#beforeReduction = null
  }

  reset(): void {
    this.#epoch = this.#firstEpoch()
    this.#beforeReduction = null
    this.#recoveryStartedAt = Number.NEGATIVE_INFINITY
    this.#hystart.reset()
  }

  #firstEpoch(): Epoch {
    const window = this.#initialWindow()
    return {
      window,
      slowStartThreshold: Number.POSITIVE_INFINITY,
      maximum: 0,
      prior: 0,
      startedAt: null,
      plateauAfter: 0,
      reno: 0,
    }
  }

  #initialWindow(): number {
    return initialWindow(this.#maxDatagramSize, this.#initialDatagrams)
  }

  #slowStart(batch: Readonly<AckBatch>): void {
    const epoch = this.#epoch
    // HyStart++ is for the first slow start alone: after that the threshold is known. RFC 9406 section 4.3.
    const isFirst = epoch.slowStartThreshold === Number.POSITIVE_INFINITY
    epoch.window = Math.min(epoch.window + (isFirst ? this.#hystart.growth(batch) : batch.bytes), epoch.slowStartThreshold)
    if (isFirst && this.#hystart.finished) epoch.slowStartThreshold = epoch.window
  }

  #avoidCongestion(batch: Readonly<AckBatch>): void {
    const epoch = this.#epoch
    if (epoch.startedAt === null) this.#beginCurve(batch.now)
    const elapsed = batch.now - epoch.startedAt!
    const growth = epoch.reno >= epoch.prior ? 1 : RENO_GROWTH
    epoch.reno += (growth * batch.bytes * this.#maxDatagramSize) / epoch.window
    if (this.#curve(elapsed) < epoch.reno) {
      // Slower than Reno would be: sections 4.3 and 5.3.
      epoch.window = Math.max(epoch.window, epoch.reno)
      return
    }
    // Where the curve will be a round trip from now, in steps of what is acknowledged: sections 4.4 and 4.5.
    const target = Math.min(Math.max(this.#curve(elapsed + batch.rtt.smoothed), epoch.window), GROWTH_LIMIT * epoch.window)
    epoch.window += ((target - epoch.window) * batch.bytes) / epoch.window
  }

  #beginCurve(now: Instant): void {
    const epoch = this.#epoch
    epoch.startedAt = now
    // After slow start without a loss there is no former maximum: the curve begins at its plateau. Section 4.10.
    epoch.maximum = Math.max(epoch.maximum, epoch.window)
    epoch.plateauAfter = MILLIS * Math.cbrt((epoch.maximum - epoch.window) / this.#maxDatagramSize / AGGRESSIVENESS)
    epoch.reno = epoch.window
  }

  /** W_cubic, so many milliseconds after the curve began: section 4.2, figure 1. */
  #curve(elapsed: number): number {
    const seconds = (elapsed - this.#epoch.plateauAfter) / MILLIS
    return AGGRESSIVENESS * seconds ** 3 * this.#maxDatagramSize + this.#epoch.maximum
  }

  /** Once per round trip: what left before the reduction could not know of it. RFC 9002 section 7.3.2. */
  #reduce(sentAt: Instant, now: Instant): void {
    if (sentAt <= this.#recoveryStartedAt) return
    const epoch = this.#epoch
    this.#recoveryStartedAt = now
    this.#beforeReduction = { ...epoch }
    // Lost below the former maximum: others want room, so more than the loss demands is released. Section 4.7.
    epoch.maximum = epoch.window < epoch.maximum ? (epoch.window * (1 + CUBIC_BETA)) / 2 : epoch.window
    epoch.prior = epoch.window
    epoch.slowStartThreshold = Math.max(Math.floor(epoch.window * CUBIC_BETA), minimumWindow(this.#maxDatagramSize))
    epoch.window = epoch.slowStartThreshold
    epoch.startedAt = null
  }
}
