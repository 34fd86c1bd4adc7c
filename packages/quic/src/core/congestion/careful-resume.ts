// Careful Resume: a path that carried much some time ago is tried with half of that, once a first round trip has shown that it is the same path; if the
// network disagrees, the sender falls back to less than what is proved. RFC 9959, once draft-ietf-tsvwg-careful-resume. It stands before another
// controller, which rules before and after. Sizes are in bytes, times in milliseconds.
import type { Instant } from '../instant.ts'
import type { AckBatch, CongestionController, LossBatch } from './controller.ts'
import { minimumWindow } from './window.ts'

/** What an earlier connection learnt of the path. */
export interface SavedPath {
  /** Its congestion window. */
  readonly window: number
  /** Its least round trip. */
  readonly rttMillis: number
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

/** The part of the saved window that is tried: others may use the path by now. */
const JUMP = 1 / 2
/** What a retreat leaves of what is proved, and where slow start ends after it. */
const RETREAT = 1 / 2
/** The path is another one if its round trip is this much shorter, or longer, than what was saved. */
const LEAST_RTT_RATIO = 1 / 2
const MOST_RTT_RATIO = 10

/** Begins with the window that a former connection to the same place had, as far as it proves right. RFC 9959. */
export class CarefulResume implements CongestionController {
  readonly #inner: ResumableController
  readonly #saved: SavedPath
  readonly #initialWindow: number
  #maxDatagramSize: number
  #phase: CarefulResumePhase = 'reconnaissance'
  #retreated = false
  #acknowledged = 0
  #window = 0
  /** What the path is known to hold: PipeSize. */
  #pipe = 0
  /** When the first, and after the last, of the packets left that nothing vouches for. */
  #unvalidatedFrom: Instant = 0
  #unvalidatedUntil: Instant = 0

  /** `maxDatagramSize` is that of `inner`. */
  constructor(inner: ResumableController, saved: SavedPath, maxDatagramSize: number) {
    this.#inner = inner
    this.#saved = saved
    this.#initialWindow = inner.window
    this.#maxDatagramSize = maxDatagramSize
  }

  get name(): string {
    return this.#inner.name
  }

  get phase(): CarefulResumePhase {
    return this.#phase
  }

  /** What was saved proved to be too much: it is not to be used again. */
  get retreated(): boolean {
    return this.#retreated
  }

  get window(): number {
    return this.#innerRules ? this.#inner.window : this.#window
  }

  get slowStartThreshold(): number {
    return this.#phase === 'safeRetreat' ? this.#pipe * RETREAT : this.#inner.slowStartThreshold
  }

  /** A pacer that doubles its pace in slow start would send the jump in half of a round trip. */
  get inSlowStart(): boolean {
    return this.#innerRules && this.#inner.inSlowStart
  }

  get pacingRate(): number | null {
    return this.#innerRules ? this.#inner.pacingRate : null
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
        if (batch.newestSentAt >= this.#unvalidatedFrom) this.#endJump(batch)
        return
      case 'validating':
        this.#pipe += batch.bytes
        if (batch.newestSentAt >= this.#unvalidatedUntil) this.#proceed(this.#window, this.#inner.slowStartThreshold)
        return
      case 'safeRetreat':
        this.#pipe += batch.bytes
        if (batch.newestSentAt >= this.#unvalidatedUntil) this.#proceed(this.#window, this.#floor(this.#pipe * RETREAT))
        return
    }
  }

  packetsLost(batch: Readonly<LossBatch>): void {
    this.#congested(batch.now, () => this.#inner.packetsLost(batch))
  }

  congestionExperienced(sentAt: Instant, now: Instant): void {
    this.#congested(now, () => this.#inner.congestionExperienced(sentAt, now))
  }

  congestionDisproved(now: Instant): void {
    if (this.#innerRules) this.#inner.congestionDisproved?.(now)
  }

  persistentCongestion(now: Instant): void {
    if (!this.#innerRules) {
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

  get #innerRules(): boolean {
    return this.#phase === 'normal' || this.#phase === 'reconnaissance'
  }

  /** The initial window has arrived: is it the path that is known, and is there more to gain than slow start has gained already? */
  #decide(batch: Readonly<AckBatch>): void {
    const ratio = batch.rtt.minimum / this.#saved.rttMillis
    const jump = this.#saved.window * JUMP
    if (ratio <= LEAST_RTT_RATIO || ratio >= MOST_RTT_RATIO || jump <= this.#inner.window) {
      this.#phase = 'normal'
      return
    }
    // Nothing is proved by a window that is not used; the next frame may find it in use.
    if (batch.applicationLimited) return
    this.#phase = 'unvalidated'
    this.#pipe = batch.bytesInFlight
    this.#window = jump
    this.#unvalidatedFrom = batch.now
  }

  /** The first packet of the jump has arrived. Without more in flight than is proved there is nothing to validate. */
  #endJump(batch: Readonly<AckBatch>): void {
    this.#unvalidatedUntil = batch.now
    if (batch.priorBytesInFlight <= this.#pipe) {
      this.#proceed(Math.max(this.#pipe, this.#inner.window), this.#inner.slowStartThreshold)
      return
    }
    this.#phase = 'validating'
    this.#window = batch.priorBytesInFlight
  }

  #congested(now: Instant, tellInner: () => void): void {
    if (this.#innerRules) {
      this.#phase = 'normal'
      tellInner()
      return
    }
    // What is lost of one round trip is one sign of congestion. RFC 9002 section 7.3.2.
    if (this.#phase === 'safeRetreat') return
    if (this.#phase === 'unvalidated') this.#unvalidatedUntil = now
    this.#phase = 'safeRetreat'
    this.#retreated = true
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
