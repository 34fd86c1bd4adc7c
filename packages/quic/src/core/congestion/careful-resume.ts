// Careful Resume: a path that carried much some time ago is tried with half of that, once a first round trip has shown that it is the same path; if the
// network disagrees, the sender falls back to less than what is proved. RFC 9959. It stands before another controller, which rules before and after. Sizes
// are in bytes, times in milliseconds.

import type { Instant } from '../instant.ts'
import type { RttEstimator } from '../recovery/rtt.ts'
import type { AckBatch, CongestionController, LossBatch } from './controller.ts'
import { minimumWindow } from './window.ts'

/** What an earlier connection learnt of the path. RFC 9959 section 3.1. */
export interface SavedPath {
  /** Its congestion window. */
  readonly window: number
  /** Its least round trip. */
  readonly rttMillis: number
  /** Asked once, when the window is about to be used: no two connections may use it at a time. Always permitted by default. RFC 9959 section 4.2. */
  readonly claim?: () => boolean
}

/** A controller that can go on from where another has brought the path: those that are ruled by losses. */
export interface ResumableController extends CongestionController {
  /** Takes a window and the threshold of slow start as its own. */
  continueAt(window: number, slowStartThreshold: number): void
}

/**
 * `reconnaissance`: an initial window goes out, to see whether the path is the one that is known. `unvalidated`: more leaves than is proved, paced over a
 * round trip. `validating`: its acknowledgements are waited for. `safeRetreat`: some of it was lost. `normal`: the other controller alone rules.
 */
export type CarefulResumePhase = 'reconnaissance' | 'unvalidated' | 'validating' | 'safeRetreat' | 'normal'

/** The part of the saved window that is tried: others may use the path by now. RFC 9959 section 3.3. */
const JUMP = 1 / 2
/** Most bytes that a jump reaches, whatever was saved: max_jump of RFC 9959 section 3.3. A gigabit a second at 134 ms, the window of streams that grow. */
const MAX_JUMP = 16 * 1024 * 1024
/** What a retreat leaves of what is proved, and Beta: where slow start ends after it. RFC 9959 section 3.5. */
const RETREAT = 1 / 2
/** The path is another one if its round trip is no longer than this part of what was saved, or longer than so many times. RFC 9959 sections 3.2 and 4.2.1. */
const LEAST_RTT_RATIO = 1 / 2
const MOST_RTT_RATIO = 10

/** Begins with the window that a former connection to the same place had, as far as it proves right. RFC 9959. */
export class CarefulResume implements CongestionController {
  /** What it began with. */
  readonly saved: SavedPath
  readonly #inner: ResumableController
  readonly #initialWindow: number
  #maxDatagramSize: number
  #phase: CarefulResumePhase = 'reconnaissance'
  #jumped = false
  #retreated = false
  #acknowledged = 0
  /** While the other controller does not rule. */
  #window = 0
  /** What the path is known to hold: PipeSize. */
  #pipe = 0
  #rtt: RttEstimator | null = null
  /** When the first, and after the last, of the packets left that nothing vouches for. */
  #unvalidatedFrom: Instant = 0
  #unvalidatedUntil: Instant = 0

  /** `maxDatagramSize` is that of `inner`. */
  constructor(inner: ResumableController, saved: SavedPath, maxDatagramSize: number) {
    this.saved = saved
    this.#inner = inner
    this.#initialWindow = inner.window
    this.#maxDatagramSize = maxDatagramSize
  }

  get name(): string {
    return this.#inner.name
  }

  get phase(): CarefulResumePhase {
    return this.#phase
  }

  /** What was saved has been used. */
  get jumped(): boolean {
    return this.#jumped
  }

  /** What was saved proved to be too much: it is not to be used again. */
  get retreated(): boolean {
    return this.#retreated
  }

  get window(): number {
    return this.#innerRules() ? this.#inner.window : this.#window
  }

  get slowStartThreshold(): number {
    return this.#phase === 'safeRetreat' ? this.#floor(this.#pipe * RETREAT) : this.#inner.slowStartThreshold
  }

  get inSlowStart(): boolean {
    return this.#innerRules() && this.#inner.inSlowStart
  }

  /** The jump takes a whole round trip, as it is now. RFC 9959 section 4.3.2. */
  get pacingRate(): number | null {
    if (this.#phase === 'unvalidated') return this.#window / this.#rtt!.latest
    return this.#innerRules() ? this.#inner.pacingRate : null
  }

  get holdsBack(): boolean {
    return this.#inner.holdsBack ?? false
  }

  packetsAcknowledged(batch: Readonly<AckBatch>): void {
    switch (this.#phase) {
      case 'normal':
        this.#inner.packetsAcknowledged(batch)
        return
      case 'reconnaissance':
        this.#inner.packetsAcknowledged(batch)
        this.#acknowledged += batch.bytes
        if (this.#acknowledged >= this.#initialWindow) this.#decide(batch)
        return
      case 'unvalidated':
        this.#pipe += batch.bytes
        this.#followJump(batch)
        return
      case 'validating':
        this.#pipe += batch.bytes
        this.#inner.packetsAcknowledged(batch)
        if (this.#isSettled(batch)) this.#phase = 'normal'
        return
      case 'safeRetreat':
        this.#pipe += batch.bytes
        if (this.#isSettled(batch)) this.#proceed(this.#window, this.#floor(this.#pipe * RETREAT))
        return
    }
  }

  packetsLost(batch: Readonly<LossBatch>): void {
    if (this.#congested(batch.now)) this.#inner.packetsLost(batch)
  }

  congestionExperienced(sentAt: Instant, now: Instant): void {
    if (this.#congested(now)) this.#inner.congestionExperienced(sentAt, now)
  }

  congestionDisproved(now: Instant): void {
    if (this.#innerRules()) this.#inner.congestionDisproved?.(now)
  }

  /** RFC 9959 section 3.6. */
  persistentCongestion(now: Instant): void {
    if (!this.#innerRules() || this.#phase === 'validating') {
      this.#retreated = true
      this.#proceed(this.#floor(0), this.#floor(this.#pipe * RETREAT))
    }
    this.#phase = 'normal'
    this.#inner.persistentCongestion(now)
  }

  datagramSizeChanged(bytes: number): void {
    this.#maxDatagramSize = bytes
    this.#window = this.#floor(this.#window)
    this.#inner.datagramSizeChanged(bytes)
  }

  sendingResumed(now: Instant): void {
    this.#inner.sendingResumed?.(now)
  }

  /** After a Retry packet all is still to come; a path that changed is not the one that was saved. */
  reset(): void {
    if (this.#acknowledged > 0) this.#phase = 'normal'
    this.#inner.reset()
  }

  #innerRules(): boolean {
    return this.#phase !== 'unvalidated' && this.#phase !== 'safeRetreat'
  }

  /** The initial window has arrived: is it the path that is known, and is there more to gain than slow start has gained already? Section 3.2. */
  #decide(batch: Readonly<AckBatch>): void {
    const ratio = batch.rtt.minimum / this.saved.rttMillis
    const jump = Math.min(this.saved.window * JUMP, MAX_JUMP)
    if (ratio <= LEAST_RTT_RATIO || ratio > MOST_RTT_RATIO || jump <= this.#inner.window) {
      this.#phase = 'normal'
      return
    }
    // Nothing is proved by a window that is not used; the next frame may find it in use.
    if (batch.applicationLimited) return
    if (this.saved.claim?.() === false) {
      this.#phase = 'normal'
      return
    }
    this.#jumped = true
    this.#phase = 'unvalidated'
    this.#pipe = batch.bytesInFlight
    this.#window = jump
    this.#rtt = batch.rtt
    this.#unvalidatedFrom = batch.now
  }

  /** The jump is over when all of it has left, when its first packet has arrived, or after a round trip. RFC 9959 section 3.3. */
  #followJump(batch: Readonly<AckBatch>): void {
    if (batch.rtt.minimum <= this.saved.rttMillis * LEAST_RTT_RATIO) {
      this.#retreat(batch.now)
      return
    }
    // It had left before this frame arrived: what was in flight then is what the window comes to.
    const isSent = batch.priorBytesInFlight > this.#window - this.#maxDatagramSize
    const isOver = batch.newestSentAt >= this.#unvalidatedFrom || batch.now - this.#unvalidatedFrom > batch.rtt.latest
    if (!isSent && !isOver) return
    const flight = isSent ? batch.priorBytesInFlight : batch.bytesInFlight
    this.#unvalidatedUntil = batch.now
    // Without more in flight than is proved there is nothing to validate.
    if (flight < this.#initialWindow || flight <= this.#pipe) {
      this.#proceed(Math.max(this.#pipe, this.#initialWindow), this.#inner.slowStartThreshold)
      return
    }
    this.#proceed(flight, this.#inner.slowStartThreshold)
    this.#phase = 'validating'
  }

  /** All that nothing vouched for has been acknowledged, or found lost. RFC 9959 sections 3.4 and 3.5. */
  #isSettled(batch: Readonly<AckBatch>): boolean {
    return batch.newestSentAt >= this.#unvalidatedUntil || batch.bytesInFlight === 0
  }

  /** Returns whether the other controller is to hear of it. */
  #congested(now: Instant): boolean {
    if (this.#phase === 'unvalidated' || this.#phase === 'validating') {
      this.#retreat(now)
      return false
    }
    // What is lost of one round trip is one sign of congestion. RFC 9002 section 7.3.2.
    if (this.#phase === 'safeRetreat') return false
    this.#phase = 'normal'
    return true
  }

  /** RFC 9959 section 3.5. */
  #retreat(now: Instant): void {
    this.#phase = 'safeRetreat'
    this.#retreated = true
    this.#unvalidatedUntil = now
    this.#window = this.#floor(this.#pipe * RETREAT)
  }

  #proceed(window: number, slowStartThreshold: number): void {
    this.#phase = 'normal'
    this.#inner.continueAt(window, slowStartThreshold)
  }

  #floor(window: number): number {
    return Math.max(window, minimumWindow(this.#maxDatagramSize))
  }
}
