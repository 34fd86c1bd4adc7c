// Copa: aims at a rate that falls with the queueing delay it sees, so that a few packets of each flow wait at the bottleneck and no more.
// V. Arun, H. Balakrishnan: Copa: Practical Delay-Based Congestion Control for the Internet, NSDI 2018. Sections below are the paper's.
import type { Instant } from '../instant.ts'
import type { AckBatch, CongestionController, LossBatch } from './controller.ts'
import { INITIAL_WINDOW_DATAGRAMS, initialWindow, minimumWindow } from './window.ts'
import { WindowedMin } from './windowed-min.ts'

/** May be changed while the connection runs. */
export interface CopaParameters {
  /** Datagrams; used at the start and after a reset. Default 10. */
  initialWindow: number
  /** A flow keeps about 1/delta datagrams in the queue: 0.5, the default, keeps two. Smaller is bolder. */
  delta: number
  /** The least that competition with loss-based flows makes of delta. Default 0.01: a hundred datagrams in the queue. */
  leastDelta: number
  /** Milliseconds for which a least round trip counts. Default 10000. */
  minimumRttWindow: number
}

/** What `Copa` uses where no parameter is given. */
export const COPA_DEFAULTS: Readonly<CopaParameters> = {
  initialWindow: INITIAL_WINDOW_DATAGRAMS,
  delta: 0.5,
  leastDelta: 0.01,
  minimumRttWindow: 10_000,
}

/** Rounds in one direction before the steps grow: section 2.1. */
const PATIENT_ROUNDS = 3
/** The queue counts as empty when the delay is below this share of the greatest; other flows fill it if it was not so in five round trips. Section 2.2. */
const EMPTY_SHARE = 0.1
const ROUNDS_TO_EMPTY = 5
const PACING_FACTOR = 2

/** Copa: aims at a rate that falls with the queueing delay it sees. */
export class Copa implements CongestionController {
  readonly name = 'copa'
  readonly parameters: CopaParameters
  window: number
  slowStartThreshold: number = Number.POSITIVE_INFINITY
  pacingRate: number | null = null
  #maxDatagramSize: number
  #minimum = new WindowedMin()
  #standing = new WindowedMin()
  /** Greatest round trip of the present and of the last few rounds. */
  #greatest: [number, number, number, number] = [0, 0, 0, 0]
  /** A round ends when a packet is acknowledged that left after it began. */
  #roundStartedAt: Instant = Number.NEGATIVE_INFINITY
  #windowAtRound = 0
  #velocity = 1
  #direction: 'up' | 'down' | null = null
  #sameDirection = 0
  /** 1 / delta while in competition; null otherwise. */
  #competition: number | null = null
  #roundsSinceEmpty = 0
  #lostInRound = false

  /** `maxDatagramSize` is in bytes, 1200 or more. */
  constructor(maxDatagramSize: number, parameters: Partial<CopaParameters> = {}) {
    this.#maxDatagramSize = maxDatagramSize
    this.parameters = { ...COPA_DEFAULTS, ...parameters }
    this.window = this.#initialWindow()
  }

  get inSlowStart(): boolean {
    return this.window < this.slowStartThreshold
  }

  /** Loss-based flows share the bottleneck, as far as the delay tells. */
  get isCompeting(): boolean {
    return this.#competition !== null
  }

  packetsAcknowledged(batch: Readonly<AckBatch>): void {
    const { now, rttSample, rtt } = batch
    if (rttSample !== Number.POSITIVE_INFINITY) {
      this.#minimum.update(rttSample, now, this.parameters.minimumRttWindow)
      // Half a round trip irons out bursts of acknowledgements, and is short enough to see the queue of now.
      this.#standing.update(rttSample, now, rtt.smoothed / 2)
      this.#greatest[0] = Math.max(this.#greatest[0], rttSample)
    }
    if (this.#minimum.value === Number.POSITIVE_INFINITY) return
    const queueing = Math.max(this.#standing.value - this.#minimum.value, 0)
    if (queueing <= EMPTY_SHARE * (Math.max(...this.#greatest) - this.#minimum.value)) this.#roundsSinceEmpty = 0
    if (batch.newestSentAt > this.#roundStartedAt) this.#endRound(now)
    this.#steer(batch, queueing)
    this.pacingRate = (PACING_FACTOR * this.window) / this.#standing.value
  }

  /** In competition a loss halves 1 / delta, once a round trip; else it says nothing that the delay does not. */
  packetsLost(_batch: Readonly<LossBatch>): void {
    this.#lose()
  }

  congestionExperienced(_sentAt: Instant, _now: Instant): void {
    this.#lose()
  }

  persistentCongestion(_now: Instant): void {
    this.slowStartThreshold = Math.min(this.slowStartThreshold, this.window)
    this.window = minimumWindow(this.#maxDatagramSize)
    this.#restart()
  }

  datagramSizeChanged(bytes: number): void {
    const untouched = this.window === this.#initialWindow() && this.slowStartThreshold === Number.POSITIVE_INFINITY
    this.#maxDatagramSize = bytes
    this.window = untouched ? this.#initialWindow() : Math.max(this.window, minimumWindow(bytes))
  }

  reset(): void {
    this.window = this.#initialWindow()
    this.slowStartThreshold = Number.POSITIVE_INFINITY
    this.pacingRate = null
    this.#minimum = new WindowedMin()
    this.#standing = new WindowedMin()
    this.#greatest = [0, 0, 0, 0]
    this.#competition = null
    this.#roundsSinceEmpty = 0
    this.#restart()
  }

  /** Section 2.1: towards the target rate 1 / (delta x queueing delay), in datagrams. */
  #steer({ bytes, applicationLimited, underused }: Readonly<AckBatch>, queueing: number): void {
    const mayGrow = !(applicationLimited || underused)
    const size = this.#maxDatagramSize
    const delta = this.#competition === null ? this.parameters.delta : Math.max(1 / this.#competition, this.parameters.leastDelta)
    const rate = this.window / size / this.#standing.value
    const isBelow = rate * delta * queueing <= 1
    if (this.inSlowStart) {
      if (!isBelow) this.slowStartThreshold = this.window
      else if (mayGrow) this.window = Math.min(this.window + bytes, this.slowStartThreshold)
      return
    }
    const step = (this.#velocity * bytes * size) / (delta * this.window)
    // No step is longer than what is acknowledged: a window at most doubles in a round trip.
    if (!isBelow) this.window = Math.max(this.window - Math.min(step, bytes / 2), minimumWindow(size))
    else if (mayGrow) this.window += Math.min(step, bytes)
    const wanted = isBelow ? 'up' : 'down'
    if (this.#velocity > 1 && this.#direction !== wanted) this.#turn(wanted)
  }

  /** Section 2.1: the velocity doubles while the window goes one way. */
  #endRound(now: Instant): void {
    const direction = this.window > this.#windowAtRound ? 'up' : 'down'
    if (direction !== this.#direction) this.#turn(direction)
    else if (++this.#sameDirection >= PATIENT_ROUNDS) this.#velocity *= 2
    this.#windowAtRound = this.window
    this.#roundStartedAt = now
    this.#checkCompetition()
    this.#greatest = [0, this.#greatest[0], this.#greatest[1], this.#greatest[2]]
  }

  /** Section 2.2: additive increase and multiplicative decrease of 1 / delta while others keep the queue full. */
  #checkCompetition(): void {
    this.#roundsSinceEmpty++
    const least = 1 / this.parameters.delta
    if (this.inSlowStart || this.#roundsSinceEmpty <= ROUNDS_TO_EMPTY) this.#competition = null
    else if (this.#competition === null) this.#competition = least
    else this.#competition = this.#lostInRound ? Math.max(this.#competition / 2, least) : this.#competition + 1
    this.#lostInRound = false
  }

  #lose(): void {
    this.#lostInRound = true
    if (this.inSlowStart) this.slowStartThreshold = this.window
  }

  #turn(direction: 'up' | 'down' | null): void {
    this.#direction = direction
    this.#velocity = 1
    this.#sameDirection = 0
  }

  #restart(): void {
    this.#roundStartedAt = Number.NEGATIVE_INFINITY
    this.#turn(null)
    this.#lostInRound = false
  }

  #initialWindow(): number {
    return initialWindow(this.#maxDatagramSize, this.parameters.initialWindow)
  }
}
