// What recovery and its congestion controller show of themselves, told when it has changed. draft-ietf-quic-qlog-quic-events, "Recovery events".
import { minimumWindow } from '../congestion/window.ts'
import type { Instant } from '../instant.ts'
import type { EcnState } from '../recovery/ecn.ts'
import type { Recovery } from '../recovery/recovery.ts'
import { GRANULARITY_MILLIS, PERSISTENT_CONGESTION_THRESHOLD, TIME_THRESHOLD } from '../recovery/rtt.ts'

/** Tells an event of the name and the content. */
export type Tell = (name: string, data: Readonly<Record<string, unknown>>) => void

/** Changes of the timer below this many milliseconds are none. */
const TIMER_RESOLUTION = 0.01

export class RecoveryLog {
  readonly #recovery: Recovery
  readonly #tell: Tell
  #metrics: Record<string, number> = {}
  #congestion: string | null = null
  #ecn: EcnState | null = null
  #timer: Instant | null = null

  constructor(recovery: Recovery, tell: Tell) {
    this.#recovery = recovery
    this.#tell = tell
  }

  sample(now: Instant): void {
    this.#sampleMetrics()
    this.#sampleCongestion()
    this.#sampleEcn()
    this.#sampleTimer(now)
  }

  /** What holds from the beginning: `recovery_parameters_set`. RFC 9002 appendices A.2 and B.2. */
  begin(): void {
    const { packetThreshold, rtt, maxDatagramSize, controller } = this.#recovery
    this.#tell('recovery_parameters_set', {
      reordering_threshold: packetThreshold,
      time_threshold: TIME_THRESHOLD,
      timer_granularity: GRANULARITY_MILLIS,
      initial_rtt: rtt.smoothed,
      max_datagram_size: maxDatagramSize,
      initial_congestion_window: Math.floor(controller.window),
      minimum_congestion_window: minimumWindow(maxDatagramSize),
      persistent_congestion_threshold: PERSISTENT_CONGESTION_THRESHOLD,
    })
  }

  #sampleMetrics(): void {
    const { rtt, controller, bytesInFlight, ptoCount, pacer } = this.#recovery
    const metrics: Record<string, number> = {
      ...(rtt.firstSampleAt !== null && {
        min_rtt: rtt.minimum,
        smoothed_rtt: rtt.smoothed,
        latest_rtt: rtt.latest,
        rtt_variance: rtt.variance,
      }),
      pto_count: ptoCount,
      congestion_window: Math.floor(controller.window),
      bytes_in_flight: bytesInFlight,
      ...(Number.isFinite(controller.slowStartThreshold) && { ssthresh: Math.floor(controller.slowStartThreshold) }),
      // Bytes per millisecond become bits per second.
      ...(Number.isFinite(pacer.rate) && { pacing_rate: Math.floor(pacer.rate * 8000) }),
    }
    const changed = Object.entries(metrics).filter(([name, value]) => this.#metrics[name] !== value)
    this.#metrics = metrics
    if (changed.length > 0) this.#tell('recovery_metrics_updated', Object.fromEntries(changed))
  }

  #sampleCongestion(): void {
    const { controller } = this.#recovery
    const state = `${controller.name}:${controller.inSlowStart ? 'slow_start' : 'congestion_avoidance'}`
    if (state === this.#congestion) return
    this.#tell('congestion_state_updated', { ...(this.#congestion !== null && { old: this.#congestion }), new: state })
    this.#congestion = state
  }

  /** A path that is not tested has no state that the draft knows. */
  #sampleEcn(): void {
    const { state } = this.#recovery.ecn
    const old = this.#ecn
    if (state === old || state === 'off') return
    this.#ecn = state
    this.#tell('ecn_state_updated', { ...(old !== null && { old }), new: state })
  }

  #sampleTimer(now: Instant): void {
    const before = this.#timer
    const at = this.#recovery.wakeAt()
    if (before === at || (before !== null && at !== null && Math.abs(before - at) < TIMER_RESOLUTION)) return
    this.#timer = at
    if (before !== null && before <= now) this.#tell('timer_updated', { timer_type: 'loss_timeout', event_type: 'expired' })
    if (at !== null) this.#tell('timer_updated', { timer_type: 'loss_timeout', event_type: 'set', delta: at - now })
    else if (before !== null && before > now) this.#tell('timer_updated', { timer_type: 'loss_timeout', event_type: 'cancelled' })
  }
}
