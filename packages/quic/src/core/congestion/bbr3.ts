// BBR version 3: a model of the path, its bandwidth, its least round trip and how much it holds before it loses, tested in turn by sending more and less.
// draft-ietf-ccwg-bbr. Sections below are those of the draft. Bandwidths are in bytes per millisecond.
import type { Instant } from '../instant.ts'
import { AckAggregation } from './ack-aggregation.ts'
import { BBR3_DEFAULTS, type Bbr3Parameters } from './bbr3-parameters.ts'
import { ShortTermBounds } from './bbr3-short-term.ts'
import type { AckBatch, CongestionController, LossBatch } from './controller.ts'
import { FullPipe } from './full-pipe.ts'
import { MinimumRtt } from './minimum-rtt.ts'
import { Rounds } from './rounds.ts'
import { initialWindow, minimumWindow } from './window.ts'

/** What BBRv3 is doing. draft-ietf-ccwg-bbr section 4.3. */
export type Bbr3State = 'startup' | 'drain' | 'down' | 'cruise' | 'refill' | 'up' | 'probeRtt'

/** What the acknowledgements of now tell: of packets that left before, during or after a probe for bandwidth. */
type AckPhase = 'none' | 'refilling' | 'starting' | 'feedback' | 'stopping'

/** The parameter that is each state's pacing gain; null is 1. Section 5.6.1. */
const PACING_GAIN: Readonly<Record<Bbr3State, 'startupGain' | 'drainGain' | 'downGain' | 'upGain' | null>> = {
  startup: 'startupGain',
  drain: 'drainGain',
  down: 'downGain',
  cruise: null,
  refill: null,
  up: 'upGain',
  probeRtt: null,
}

const PROBING_STATES: readonly Bbr3State[] = ['startup', 'refill', 'up']
const PROBE_BANDWIDTH_STATES: readonly Bbr3State[] = ['down', 'cruise', 'refill', 'up']

/** Section 5.3.1.2. */
const FULL_GROWTH = 1.25
const FULL_ROUNDS = 3
/** Section 5.3.2. */
const DRAIN_ROUNDS = 3

/** BBR version 3: a model of the path, tested in turn by sending more and less. draft-ietf-ccwg-bbr. */
export class Bbr3 implements CongestionController {
  readonly name = 'bbr3'
  readonly slowStartThreshold: number = Number.POSITIVE_INFINITY
  readonly parameters: Bbr3Parameters
  state: Bbr3State = 'startup'
  window: number
  pacingRate: number | null = null
  /** The most in flight that did not lose too much: inflight_longterm. */
  longTermInFlight: number = Number.POSITIVE_INFINITY
  readonly #random: () => number
  #maxDatagramSize: number
  #rounds = new Rounds()
  #pipe = new FullPipe(FULL_GROWTH, FULL_ROUNDS)
  #minimumRtt = new MinimumRtt()
  #aggregation = new AckAggregation()
  #shortTerm = new ShortTermBounds()
  /** The greatest rate of the present and of the former probing cycle: max_bw is the greater. Section 5.5.4. */
  #cycleBandwidth = 0
  #formerBandwidth = 0
  #ackPhase: AckPhase = 'none'
  #isProbeSample = false
  #drainSince = 0
  #cycleStartedAt: Instant = 0
  #probeWait = 0
  #roundsSinceProbe = 0
  #probeRounds = 0
  #probeAcked = 0
  #ackedPerStep: number = Number.POSITIVE_INFINITY
  #lastProbeTooHigh = false
  #lastProbeCautious = false
  #lossRuns = 0
  #probeRttUntil: Instant | null = null
  #probeRttRoundDone = false
  #priorWindow = 0
  #resumed = false

  /** `maxDatagramSize` is in bytes, 1200 or more. `random`, from 0 up to 1, spreads the probes of many flows over time. */
  constructor(maxDatagramSize: number, random: () => number, parameters: Partial<Bbr3Parameters> = {}) {
    this.#maxDatagramSize = maxDatagramSize
    this.#random = random
    this.parameters = { ...BBR3_DEFAULTS, ...parameters }
    this.window = this.#initialWindow()
  }

  get inSlowStart(): boolean {
    return this.state === 'startup'
  }

  get holdsBack(): boolean {
    return this.state === 'probeRtt'
  }

  /** What the path delivers at most, by the last two probing cycles: max_bw. 0 before the first sample. */
  get maximumBandwidth(): number {
    return Math.max(this.#cycleBandwidth, this.#formerBandwidth)
  }

  /** The same, bounded by what losses of late suggest: bw. */
  get bandwidth(): number {
    return Math.min(this.maximumBandwidth, this.#shortTerm.bandwidth)
  }

  /** Milliseconds; Infinity before the first sample. */
  get minimumRtt(): number {
    return this.#minimumRtt.value
  }

  /** UpdateOnACK, section 5.2.3. */
  packetsAcknowledged(batch: Readonly<AckBatch>): void {
    const { sample, now } = batch
    this.#updateBandwidth(batch)
    if (this.#shortTerm.acknowledged(sample) && !PROBING_STATES.includes(this.state)) {
      this.#shortTerm.adapt(this.maximumBandwidth, this.window, this.parameters.beta)
    }
    const aggregationRounds = this.#pipe.wasFull ? this.parameters.aggregationRounds : 1
    this.#aggregation.update(batch.bytes, this.bandwidth, this.window, this.#rounds.count, aggregationRounds, now)
    if (this.#rounds.started && !sample.applicationLimited) this.#pipe.roundEnded(sample.rate)
    this.#checkStartup(batch)
    this.#checkDrain(batch)
    this.#advanceCycle(batch)
    this.#minimumRtt.update(batch.rttSample, now, this.parameters.probeRttInterval, this.parameters.minimumRttWindow)
    this.#checkProbeRtt(batch)
    this.#shortTerm.advance(sample)
    const gain = PACING_GAIN[this.state]
    this.#setPace(gain === null ? 1 : this.parameters[gain])
    this.#setWindow(batch)
    if (this.#rounds.started) this.#lossRuns = 0
    this.#resumed = false
  }

  /** HandleLostPacket, section 5.5.10.2; the newest packet of the sweep stands for all of them, which InflightAtLoss corrects. */
  packetsLost(batch: Readonly<LossBatch>): void {
    this.#lossRuns += batch.runs
    this.#shortTerm.lost(batch.totalDelivered)
    if (!this.#isProbeSample || !this.#isTooMuch(batch.lostSinceNewest, batch.newestBytesInFlight)) return
    this.#tooMuchInFlight(this.#inflightAtLoss(batch), batch.applicationLimited, batch.totalDelivered, batch.now)
  }

  /** The draft leaves the answer to marks to future work (section 3.6); until then one is heeded as a loss in its round trip. */
  congestionExperienced(_sentAt: Instant, _now: Instant): void {
    this.#shortTerm.marked()
  }

  /** The losses were none: what they had bounded is free again. Section 5.5.11. */
  congestionDisproved(_now: Instant): void {
    this.#shortTerm.reset()
    this.#pipe.restart()
  }

  persistentCongestion(_now: Instant): void {
    this.window = minimumWindow(this.#maxDatagramSize)
  }

  datagramSizeChanged(bytes: number): void {
    const untouched = this.window === this.#initialWindow() && this.maximumBandwidth === 0
    this.#maxDatagramSize = bytes
    this.window = untouched ? this.#initialWindow() : Math.max(this.window, minimumWindow(bytes))
  }

  reset(): void {
    this.state = 'startup'
    this.window = this.#initialWindow()
    this.pacingRate = null
    this.longTermInFlight = Number.POSITIVE_INFINITY
    this.#rounds = new Rounds()
    this.#pipe = new FullPipe(FULL_GROWTH, FULL_ROUNDS)
    this.#minimumRtt = new MinimumRtt()
    this.#aggregation = new AckAggregation()
    this.#shortTerm = new ShortTermBounds()
    this.#cycleBandwidth = 0
    this.#formerBandwidth = 0
    this.#ackPhase = 'none'
    this.#isProbeSample = false
    this.#lastProbeTooHigh = false
    this.#lastProbeCautious = false
  }

  /** Section 5.4.1. */
  sendingResumed(now: Instant): void {
    this.#resumed = true
    this.#aggregation.restart(now)
    if (PROBE_BANDWIDTH_STATES.includes(this.state)) this.#setPace(1)
    else if (this.state === 'probeRtt') this.#leaveProbeRtt(now)
  }

  // ---- Startup and Drain: sections 5.3.1 and 5.3.2

  #updateBandwidth({ sample }: Readonly<AckBatch>): void {
    if (this.#rounds.update(sample)) this.#roundsSinceProbe++
    // A sample that the application limited counts only if it says that the path can do more.
    if (sample.rate >= this.maximumBandwidth || !sample.applicationLimited) {
      this.#cycleBandwidth = Math.max(this.#cycleBandwidth, sample.rate)
    }
  }

  #checkStartup({ sample }: Readonly<AckBatch>): void {
    if (this.state !== 'startup') return
    const { startupLossRuns } = this.parameters
    if (this.#rounds.started && this.#lossRuns >= startupLossRuns && this.#isTooMuch(sample.lost, sample.bytesInFlight)) {
      this.#pipe.wasFull = true
      this.longTermInFlight = Math.max(this.#bandwidthDelay(1), this.#shortTerm.delivered)
    }
    if (!this.#pipe.wasFull) return
    this.state = 'drain'
    this.#drainSince = this.#rounds.count
  }

  #checkDrain({ bytesInFlight, now, sample }: Readonly<AckBatch>): void {
    if (this.state !== 'drain') return
    if (bytesInFlight <= this.#inflight(1) || this.#rounds.count > this.#drainSince + DRAIN_ROUNDS)
      this.#startDown(sample.totalDelivered, now)
  }

  // ---- ProbeBW: section 5.3.3

  #advanceCycle(batch: Readonly<AckBatch>): void {
    if (!this.#pipe.wasFull || this.#adaptLongTerm(batch) || !PROBE_BANDWIDTH_STATES.includes(this.state)) return
    const { now, sample, bytesInFlight } = batch
    if (this.state === 'down' || this.state === 'cruise') {
      if (this.#isTimeToProbe(now)) this.#startRefill(sample.totalDelivered)
      else if (this.state === 'down' && bytesInFlight <= Math.min(this.#inflightWithHeadroom(), this.#inflight(1))) this.state = 'cruise'
    } else if (this.state === 'refill') {
      if (!this.#rounds.started) return
      this.#isProbeSample = true
      this.#startUp(batch)
    } else if (this.#isTimeToGoDown(batch)) {
      this.#lastProbeTooHigh = false
      this.#startDown(sample.totalDelivered, now)
    }
  }

  #startDown(totalDelivered: number, now: Instant): void {
    this.#shortTerm.restart()
    this.#ackedPerStep = Number.POSITIVE_INFINITY
    const { probeWait, probeWaitLimit } = this.parameters
    this.#roundsSinceProbe = this.#random() < 0.5 ? 0 : 1
    this.#probeWait = probeWait + this.#random() * (probeWaitLimit - probeWait)
    this.#cycleStartedAt = now
    this.#ackPhase = 'stopping'
    this.#rounds.restart(totalDelivered)
    this.state = 'down'
  }

  #startRefill(totalDelivered: number): void {
    this.#shortTerm.reset()
    this.#probeRounds = 0
    this.#probeAcked = 0
    this.#lastProbeCautious = false
    this.#ackPhase = 'refilling'
    this.#rounds.restart(totalDelivered)
    this.state = 'refill'
  }

  #startUp({ sample }: Readonly<AckBatch>): void {
    this.#ackPhase = 'starting'
    this.#rounds.restart(sample.totalDelivered)
    this.#pipe.restart(sample.rate)
    this.state = 'up'
    this.#raiseSlope()
  }

  #isTimeToProbe(now: Instant): boolean {
    if (now > this.#cycleStartedAt + this.#probeWait) return true
    const renoRounds = Math.min(this.#bandwidthDelay(1), this.window) / this.#maxDatagramSize
    return this.#roundsSinceProbe >= Math.min(renoRounds, this.parameters.renoRounds)
  }

  #isTimeToGoDown({ bytesInFlight, sample, priorBytesInFlight }: Readonly<AckBatch>): boolean {
    if (this.#lastProbeTooHigh && bytesInFlight >= this.longTermInFlight) {
      this.#lastProbeCautious = true
      return true
    }
    if (this.#isWindowLimited(priorBytesInFlight) && this.window >= this.longTermInFlight) {
      this.#pipe.restart(sample.rate)
      return false
    }
    return this.#pipe.isFull
  }

  /** AdaptLongTermModel, section 5.3.3.6. Returns whether it chose the next state. */
  #adaptLongTerm(batch: Readonly<AckBatch>): boolean {
    const { sample } = batch
    if (this.#ackPhase === 'starting' && this.#rounds.started) this.#ackPhase = 'feedback'
    if (this.#ackPhase === 'stopping' && this.#rounds.started) {
      this.#isProbeSample = false
      this.#ackPhase = 'none'
      if (PROBE_BANDWIDTH_STATES.includes(this.state)) {
        if (!sample.applicationLimited) {
          this.#formerBandwidth = this.#cycleBandwidth
          this.#cycleBandwidth = 0
        }
        if (this.#lastProbeCautious && !this.#lastProbeTooHigh) {
          this.#startRefill(sample.totalDelivered)
          return true
        }
      }
    }
    if (this.#isTooMuch(sample.lost, sample.bytesInFlight) || this.longTermInFlight === Number.POSITIVE_INFINITY) return false
    this.longTermInFlight = Math.max(this.longTermInFlight, sample.bytesInFlight)
    if (this.state === 'up') this.#raiseLongTerm(batch)
    return false
  }

  #raiseLongTerm({ bytes, priorBytesInFlight }: Readonly<AckBatch>): void {
    if (!this.#isWindowLimited(priorBytesInFlight) || this.window < this.longTermInFlight) return
    this.#probeAcked += bytes
    const steps = Math.floor(this.#probeAcked / this.#ackedPerStep)
    this.#probeAcked -= steps === 0 ? 0 : steps * this.#ackedPerStep
    this.longTermInFlight += steps * this.#maxDatagramSize
    if (this.#rounds.started) this.#raiseSlope()
  }

  /** One datagram in the first round, then two, four, eight. */
  #raiseSlope(): void {
    this.#ackedPerStep = Math.max(this.window / 2 ** this.#probeRounds, this.#maxDatagramSize)
    this.#probeRounds = Math.min(this.#probeRounds + 1, 30)
  }

  // ---- losses: section 5.5.10

  #isTooMuch(lost: number, inFlight: number): boolean {
    return lost > inFlight * this.parameters.lossThreshold
  }

  #tooMuchInFlight(inFlight: number, applicationLimited: boolean, totalDelivered: number, now: Instant): void {
    this.#lastProbeTooHigh = true
    this.#isProbeSample = false
    if (!applicationLimited) {
      this.longTermInFlight = Math.max(inFlight, Math.min(this.#bandwidthDelay(1), this.window) * this.parameters.beta)
    }
    if (this.state === 'up') this.#startDown(totalDelivered, now)
  }

  /** What was in flight when losses crossed the threshold. */
  #inflightAtLoss({ newestBytesInFlight, newestSize, lostSinceNewest }: Readonly<LossBatch>): number {
    const { lossThreshold } = this.parameters
    const inFlightBefore = newestBytesInFlight - newestSize
    const lostBefore = lostSinceNewest - newestSize
    return inFlightBefore + (lossThreshold * inFlightBefore - lostBefore) / (1 - lossThreshold)
  }

  // ---- ProbeRTT: section 5.3.4

  #checkProbeRtt(batch: Readonly<AckBatch>): void {
    const { now, sample } = batch
    if (this.state !== 'probeRtt') {
      if (!this.#minimumRtt.probeDue || this.#resumed) return
      this.#priorWindow = this.window
      this.#probeRttUntil = null
      this.#ackPhase = 'stopping'
      this.#rounds.restart(sample.totalDelivered)
      this.state = 'probeRtt'
    }
    if (this.#probeRttUntil === null) {
      if (batch.bytesInFlight > this.#probeRttWindow()) return
      this.#probeRttUntil = now + this.parameters.probeRttDuration
      this.#probeRttRoundDone = false
      this.#rounds.restart(sample.totalDelivered)
      return
    }
    if (this.#rounds.started) this.#probeRttRoundDone = true
    if (this.#probeRttRoundDone) this.#leaveProbeRtt(now, sample.totalDelivered)
  }

  #leaveProbeRtt(now: Instant, totalDelivered = 0): void {
    if (this.#probeRttUntil === null || now <= this.#probeRttUntil) return
    this.#minimumRtt.probed(now)
    this.window = Math.max(this.window, this.#priorWindow)
    this.#shortTerm.reset()
    if (!this.#pipe.wasFull) {
      this.state = 'startup'
      return
    }
    this.#startDown(totalDelivered, now)
    this.state = 'cruise'
  }

  // ---- control: section 5.6

  #setPace(gain: number): void {
    const rate = gain * this.bandwidth * (1 - this.parameters.pacingMargin)
    if (rate > 0 && (this.#pipe.wasFull || this.pacingRate === null || rate > this.pacingRate)) this.pacingRate = rate
  }

  #setWindow({ bytes, applicationLimited, sample }: Readonly<AckBatch>): void {
    const target = this.#quantized(this.#bandwidthDelay(this.#windowGain()) + this.#aggregation.extra)
    const grown = applicationLimited ? this.window : this.window + bytes
    if (this.#pipe.wasFull) this.window = Math.min(grown, target)
    else if (this.window < target || sample.totalDelivered < this.#initialWindow()) this.window = grown
    this.window = Math.max(this.window, Math.min(this.#leastWindow(), grown))
    if (this.state === 'probeRtt') this.window = Math.min(this.window, this.#probeRttWindow())
    this.window = Math.min(this.window, Math.max(this.#bound(), this.#leastWindow()))
  }

  #windowGain(): number {
    const { windowGain, upWindowGain, probeRttWindowGain } = this.parameters
    return this.state === 'up' ? upWindowGain : this.state === 'probeRtt' ? probeRttWindowGain : windowGain
  }

  /** BoundCwndForModel: section 5.6.4.7. */
  #bound(): number {
    const { state } = this
    let bound = Number.POSITIVE_INFINITY
    if (state === 'cruise' || state === 'probeRtt') bound = this.#inflightWithHeadroom()
    else if (PROBE_BANDWIDTH_STATES.includes(state)) bound = this.longTermInFlight
    return Math.min(bound, this.#shortTerm.inFlight)
  }

  #inflightWithHeadroom(): number {
    if (this.longTermInFlight === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY
    const headroom = Math.max(this.#maxDatagramSize, this.parameters.headroom * this.longTermInFlight)
    return Math.max(this.longTermInFlight - headroom, this.#leastWindow())
  }

  #initialWindow(): number {
    return initialWindow(this.#maxDatagramSize, this.parameters.initialWindow)
  }

  #leastWindow(): number {
    return this.parameters.minimumWindow * this.#maxDatagramSize
  }

  #probeRttWindow(): number {
    return Math.max(this.#bandwidthDelay(this.parameters.probeRttWindowGain), this.#leastWindow())
  }

  #isWindowLimited(priorBytesInFlight: number): boolean {
    return priorBytesInFlight + this.#maxDatagramSize > this.window
  }

  #bandwidthDelay(gain: number): number {
    if (this.minimumRtt === Number.POSITIVE_INFINITY) return this.#initialWindow()
    return gain * this.bandwidth * this.minimumRtt
  }

  #inflight(gain: number): number {
    return this.#quantized(this.#bandwidthDelay(gain))
  }

  /** Room for what leaves at once, a millisecond's worth, and for the probe's own two datagrams. */
  #quantized(inFlight: number): number {
    const quantum = Math.max(Math.min(this.pacingRate ?? 0, 65_536), 2 * this.#maxDatagramSize)
    return Math.max(inFlight, quantum, this.#leastWindow()) + (this.state === 'up' ? 2 * this.#maxDatagramSize : 0)
  }
}
