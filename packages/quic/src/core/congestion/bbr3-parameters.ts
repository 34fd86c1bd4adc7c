// The constants of BBR version 3: draft-ietf-ccwg-bbr section 2.
import { INITIAL_WINDOW_DATAGRAMS } from './window.ts'

/** May be changed while the connection runs; takes effect with the next ACK frame. Times in milliseconds. */
export interface Bbr3Parameters {
  /** Datagrams; used at the start and after a reset. Default 10. */
  initialWindow: number
  /** Default 2.77. */
  startupGain: number
  /** Default 0.5. */
  drainGain: number
  /** Default 0.9. */
  downGain: number
  /** Default 1.25. */
  upGain: number
  /** Window in bandwidth-delay products. Default 2. */
  windowGain: number
  /** The same in ProbeBW_UP. Default 2.25. */
  upWindowGain: number
  /** The same in ProbeRTT. Default 0.5. */
  probeRttWindowGain: number
  /** Share of the bandwidth that is not used, so that queues stay short. Default 0.01. */
  pacingMargin: number
  /** Share of losses in a round trip that says that too much was in flight. Default 0.02. */
  lossThreshold: number
  /** Runs of losses in a round trip that end Startup, when there are also more than the threshold allows. Default 6. */
  startupLossRuns: number
  /** What a loss leaves of the short-term bounds. Default 0.7. */
  beta: number
  /** Share of the long-term bound that is left to others. Default 0.15. */
  headroom: number
  /** Datagrams. Default 4. */
  minimumWindow: number
  /** Default 10000. */
  minimumRttWindow: number
  /** Default 5000, the same for all, so that flows empty the queue together. */
  probeRttInterval: number
  /** Default 200. */
  probeRttDuration: number
  /** Least and greatest wait between two probes for bandwidth. Default 2000 and 3000. */
  probeWait: number
  probeWaitLimit: number
  /** Rounds after which bandwidth is probed all the same, so that Reno flows on the path get their share. Default 63. */
  renoRounds: number
  /** Rounds for which an aggregation of acknowledgements counts. Default 10. */
  aggregationRounds: number
}

/** What `Bbr3` uses where no parameter is given. draft-ietf-ccwg-bbr section 2. */
export const BBR3_DEFAULTS: Readonly<Bbr3Parameters> = {
  initialWindow: INITIAL_WINDOW_DATAGRAMS,
  startupGain: 2.77,
  drainGain: 0.5,
  downGain: 0.9,
  upGain: 1.25,
  windowGain: 2,
  upWindowGain: 2.25,
  probeRttWindowGain: 0.5,
  pacingMargin: 0.01,
  lossThreshold: 0.02,
  startupLossRuns: 6,
  beta: 0.7,
  headroom: 0.15,
  minimumWindow: 4,
  minimumRttWindow: 10_000,
  probeRttInterval: 5000,
  probeRttDuration: 200,
  probeWait: 2000,
  probeWaitLimit: 3000,
  renoRounds: 63,
  aggregationRounds: 10,
}
