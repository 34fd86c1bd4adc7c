// BBR version 1 with the changes that XQUIC made for live streams: it keeps in flight what the path holds, as it measures it, whatever is lost.
// draft-cardwell-iccrg-bbr-congestion-control-00. What differs from stock BBR: a gentler and more frequent look at the least round trip, and two bandwidths
// that the application may state, above which it probes gently or not at all. Loss alone changes nothing but by the bandwidth it takes away.
import type { Instant } from '../instant.ts'
import { AckAggregation } from './ack-aggregation.ts'
import type { AckBatch, CongestionController, LossBatch } from './controller.ts'
import { FullPipe } from './full-pipe.ts'
import { MinimumRtt } from './minimum-rtt.ts'
import { Rounds } from './rounds.ts'
import { INITIAL_WINDOW_DATAGRAMS, initialWindow, minimumWindow } from './window.ts'
import { WindowedMax } from './windowed-max.ts'

/** May be changed while the connection runs; takes effect with the next ACK frame. Bandwidths in bytes per millisecond, times in milliseconds. */
export interface BbrParameters {
  /** Datagrams; used at the start and after a reset. Default 10. */
  initialWindow: number
  /** The bandwidth that the application needs: Startup ends there, and above it probing is gentle. Default Infinity: always probe in full. */
  expectedBandwidth: number
  /** The bandwidth it can use at most: what is measured beyond does not count. Default Infinity. */
  maximumExpectedBandwidth: number
  /** Default 2.885 (2 / ln 2): doubles the rate each round trip. */
  startupGain: number
  /** Default 1 / 2.885. */
  drainGain: number
  /** Window in Startup and Drain, in bandwidth-delay products. Default 2.885. */
  startupWindowGain: number
  /** Window otherwise. Default 2.5 (stock: 2). */
  windowGain: number
  /** Startup ends when the rate grows less than so many times in each of three rounds. Default 1.1 (stock: 1.25). Read at the start alone, as is the next. */
  fullBandwidthGrowth: number
  /** Default 3. */
  fullBandwidthRounds: number
  /** Pacing gains of one cycle, each for a least round trip. Default 1.25, 0.75, and six times 1. */
  cycleGains: readonly number[]
  /** The same above the expected bandwidth. Default 1.1, 0.9, and six times 1. */
  gentleCycleGains: readonly number[]
  /** Rounds for which a bandwidth sample counts. Default 10. */
  bandwidthRounds: number
  /** Default 2500 (stock: 10000). */
  probeRttInterval: number
  /** What is kept in flight in ProbeRTT, in bandwidth-delay products. Default 0.75 (stock: four datagrams): 0.75 x 1.25 < 1, so the queue drains. */
  probeRttGain: number
  /** Default 100 (stock: 200). */
  probeRttDuration: number
  /** For how long a least round trip counts. Default 3000. */
  minimumRttWindow: number
  /** Datagrams. Default 4. */
  minimumWindow: number
  /** Rounds for which an aggregation of acknowledgements counts. Default 5. */
  aggregationRounds: number
}

/** What `Bbr` uses where no parameter is given. */
export const BBR_DEFAULTS: Readonly<BbrParameters> = {
  initialWindow: INITIAL_WINDOW_DATAGRAMS,
  expectedBandwidth: Number.POSITIVE_INFINITY,
  maximumExpectedBandwidth: Number.POSITIVE_INFINITY,
  startupGain: 2.885,
  drainGain: 1 / 2.885,
  startupWindowGain: 2.885,
  windowGain: 2.5,
  fullBandwidthGrowth: 1.1,
  fullBandwidthRounds: 3,
  cycleGains: [1.25, 0.75, 1, 1, 1, 1, 1, 1],
  gentleCycleGains: [1.1, 0.9, 1, 1, 1, 1, 1, 1],
  bandwidthRounds: 10,
  probeRttInterval: 2500,
  probeRttGain: 0.75,
  probeRttDuration: 100,
  minimumRttWindow: 3000,
  minimumWindow: 4,
  aggregationRounds: 5,
}

/** What BBR is doing. */
export type BbrState = 'startup' | 'drain' | 'probeBandwidth' | 'probeRtt'

/** BBR version 1 as XQUIC changed it for live streams: keeps in flight what it measures the path to hold, whatever is lost. */
export class Bbr implements CongestionController {
  readonly name = 'bbr'
  /** Marks are no measure of the path's bandwidth: version 1 has no answer to them. */
  readonly ignoresMarks = true
  readonly slowStartThreshold: number = Number.POSITIVE_INFINITY
  readonly parameters: BbrParameters
  state: BbrState = 'startup'
  window: number
  pacingRate: number | null = null
  readonly #random: () => number
  #maxDatagramSize: number
  #rounds = new Rounds()
  #pipe: FullPipe
  #bandwidth: WindowedMax
  #minimumRtt = new MinimumRtt()
  #aggregation = new AckAggregation()
  #pacingGain: number
  #phase = 0
  #phaseStartedAt: Instant = 0
  #lostInPhase = false
  /** When ProbeRTT ends; null until the queue is empty. */
  #probeRttUntil: Instant | null = null
  #probeRttRoundDone = false
  /** The window before ProbeRTT. */
  #priorWindow = 0
  #resumed = false

  /** `maxDatagramSize` is in bytes, 1200 or more. `random`, from 0 up to 1, chooses where a cycle begins, so that flows do not probe in step. */
  constructor(maxDatagramSize: number, parameters: Partial<BbrParameters> = {}, random: () => number = () => 0) {
    this.#maxDatagramSize = maxDatagramSize
    this.#random = random
    this.parameters = { ...BBR_DEFAULTS, ...parameters }
    this.#pipe = this.#emptyPipe()
    this.#bandwidth = new WindowedMax(this.parameters.bandwidthRounds)
    this.#pacingGain = this.parameters.startupGain
    this.window = initialWindow(maxDatagramSize, this.parameters.initialWindow)
  }

  get inSlowStart(): boolean {
    return this.state === 'startup'
  }

  /** Less is in flight than the path holds. */
  get holdsBack(): boolean {
    return this.state === 'probeRtt'
  }

  /** What the path delivers, in bytes per millisecond, by the measurements of late; 0 before the first. */
  get bandwidth(): number {
    return this.#bandwidth.value
  }

  /** Milliseconds; Infinity before the first sample. */
  get minimumRtt(): number {
    return this.#minimumRtt.value
  }

  packetsAcknowledged(batch: Readonly<AckBatch>): void {
    this.#measure(batch)
    this.#checkPipe(batch)
    if (this.state === 'startup' && this.#pipe.wasFull) this.#enter('drain', this.parameters.drainGain)
    if (this.state === 'drain' && batch.bytesInFlight <= this.#inflight(1)) this.#probeBandwidth(batch.now)
    if (this.state === 'probeBandwidth') this.#cycle(batch)
    this.#checkProbeRtt(batch)
    this.#setPace()
    this.#setWindow(batch)
    this.#resumed = false
  }

  packetsLost(_batch: Readonly<LossBatch>): void {
    this.#lostInPhase = true
  }

  congestionExperienced(): void {}

  persistentCongestion(_now: Instant): void {
    this.window = minimumWindow(this.#maxDatagramSize)
  }

  datagramSizeChanged(bytes: number): void {
    const untouched = this.window === initialWindow(this.#maxDatagramSize, this.parameters.initialWindow) && this.bandwidth === 0
    this.#maxDatagramSize = bytes
    this.window = untouched ? initialWindow(bytes, this.parameters.initialWindow) : Math.max(this.window, minimumWindow(bytes))
  }

  reset(): void {
    this.state = 'startup'
    this.window = initialWindow(this.#maxDatagramSize, this.parameters.initialWindow)
    this.pacingRate = null
    this.#rounds = new Rounds()
    this.#pipe = this.#emptyPipe()
    this.#bandwidth = new WindowedMax(this.parameters.bandwidthRounds)
    this.#minimumRtt = new MinimumRtt()
    this.#aggregation = new AckAggregation()
    this.#pacingGain = this.parameters.startupGain
  }

  /** A pause is as good as ProbeRTT, and the pipe is refilled at the rate of the path. */
  sendingResumed(now: Instant): void {
    this.#resumed = true
    this.#aggregation.restart(now)
    if (this.state === 'probeBandwidth' && this.bandwidth > 0) this.pacingRate = this.bandwidth
  }

  #emptyPipe(): FullPipe {
    return new FullPipe(this.parameters.fullBandwidthGrowth, this.parameters.fullBandwidthRounds)
  }

  #measure({ sample, bytes, rttSample, now }: Readonly<AckBatch>): void {
    const { parameters } = this
    this.#rounds.update(sample)
    const rate = Math.min(sample.rate, parameters.maximumExpectedBandwidth)
    // A sample that the application limited counts only if it says that the path can do more.
    if (rate > 0 && (rate >= this.bandwidth || !sample.applicationLimited)) {
      this.#bandwidth.length = parameters.bandwidthRounds
      this.#bandwidth.update(rate, this.#rounds.count)
    }
    this.#aggregation.update(bytes, this.bandwidth, this.window, this.#rounds.count, parameters.aggregationRounds, now)
    this.#minimumRtt.update(rttSample, now, parameters.probeRttInterval, parameters.minimumRttWindow)
  }

  #checkPipe({ sample }: Readonly<AckBatch>): void {
    if (this.#pipe.wasFull) return
    // More is not wanted, so it need not be found.
    if (this.bandwidth >= this.parameters.expectedBandwidth) this.#pipe.wasFull = true
    else if (this.#rounds.started && !sample.applicationLimited) this.#pipe.roundEnded(this.bandwidth)
  }

  #enter(state: BbrState, pacingGain: number): void {
    this.state = state
    this.#pacingGain = pacingGain
  }

  /** Begins anywhere in the cycle but at the phase that drains: there is nothing to drain yet. */
  #probeBandwidth(now: Instant): void {
    const phases = this.parameters.cycleGains.length
    const phase = Math.floor(this.#random() * (phases - 1))
    this.#enter('probeBandwidth', 1)
    this.#beginPhase(phase === 0 ? 0 : phase + 1, now)
  }

  #beginPhase(phase: number, now: Instant): void {
    const { cycleGains, gentleCycleGains, expectedBandwidth } = this.parameters
    const gains = this.bandwidth >= expectedBandwidth ? gentleCycleGains : cycleGains
    this.#phase = phase % gains.length
    this.#pacingGain = gains[this.#phase] ?? 1
    this.#phaseStartedAt = now
    this.#lostInPhase = false
  }

  #cycle({ now, priorBytesInFlight, bytesInFlight }: Readonly<AckBatch>): void {
    const gain = this.#pacingGain
    const isOver = now - this.#phaseStartedAt > this.minimumRtt
    // Probing goes on until it has filled what it set out to fill, or something was lost; draining ends as soon as the queue is gone.
    const isDone =
      gain > 1
        ? isOver && (this.#lostInPhase || priorBytesInFlight >= this.#inflight(gain))
        : isOver || (gain < 1 && bytesInFlight <= this.#inflight(1))
    if (isDone) this.#beginPhase(this.#phase + 1, now)
  }

  #checkProbeRtt(batch: Readonly<AckBatch>): void {
    const { now } = batch
    if (this.state !== 'probeRtt') {
      if (!this.#minimumRtt.probeDue || this.#resumed) return
      this.#enter('probeRtt', 1)
      this.#priorWindow = this.window
      this.#probeRttUntil = null
    }
    if (this.#probeRttUntil === null) {
      if (batch.bytesInFlight > this.#probeRttWindow()) return
      this.#probeRttUntil = now + this.parameters.probeRttDuration
      this.#probeRttRoundDone = false
      this.#rounds.restart(batch.sample.totalDelivered)
      return
    }
    if (this.#rounds.started) this.#probeRttRoundDone = true
    if (!this.#probeRttRoundDone || now < this.#probeRttUntil) return
    this.#minimumRtt.probed(now)
    this.window = Math.max(this.window, this.#priorWindow)
    if (this.#pipe.wasFull) this.#probeBandwidth(now)
    else this.#enter('startup', this.parameters.startupGain)
  }

  #setPace(): void {
    const rate = this.#pacingGain * this.bandwidth
    if (rate > 0 && (this.#pipe.wasFull || this.pacingRate === null || rate > this.pacingRate)) this.pacingRate = rate
  }

  #setWindow({ bytes, applicationLimited, sample }: Readonly<AckBatch>): void {
    const { windowGain, startupWindowGain, initialWindow: datagrams } = this.parameters
    const gain = this.state === 'startup' || this.state === 'drain' ? startupWindowGain : windowGain
    const target = this.#inflight(gain) + this.#aggregation.extra
    const grown = applicationLimited ? this.window : this.window + bytes
    if (this.#pipe.wasFull) this.window = Math.min(grown, target)
    else if (this.window < target || sample.totalDelivered < initialWindow(this.#maxDatagramSize, datagrams)) this.window = grown
    this.window = Math.max(this.window, Math.min(this.#leastWindow(), grown))
    if (this.state === 'probeRtt') this.window = Math.min(this.window, this.#probeRttWindow())
  }

  #leastWindow(): number {
    return this.parameters.minimumWindow * this.#maxDatagramSize
  }

  #probeRttWindow(): number {
    return Math.max(this.parameters.probeRttGain * this.bandwidth * this.minimumRtt, this.#leastWindow())
  }

  /** So many bandwidth-delay products; the initial window while they are not known. */
  #inflight(gain: number): number {
    if (this.bandwidth === 0 || this.minimumRtt === Number.POSITIVE_INFINITY) {
      return initialWindow(this.#maxDatagramSize, this.parameters.initialWindow)
    }
    return Math.max(gain * this.bandwidth * this.minimumRtt, this.#leastWindow())
  }
}
