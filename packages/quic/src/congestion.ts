/**
 * The congestion controllers, and what one of your own has to be. RFC 9002 section 7.
 *
 * @module @millrace/quic/congestion
 */
export type { CongestionAlgorithm, CongestionChoice, CongestionOptions } from './api/congestion.ts'
export { BBR_DEFAULTS, Bbr, type BbrParameters, type BbrState } from './core/congestion/bbr.ts'
export { Bbr3, type Bbr3State } from './core/congestion/bbr3.ts'
export { BBR3_DEFAULTS, type Bbr3Parameters } from './core/congestion/bbr3-parameters.ts'
export { CarefulResume, type CarefulResumePhase, type ResumableController, type SavedPath } from './core/congestion/careful-resume.ts'
export { COMPLIANCE, ComplianceError, type ComplianceRule } from './core/congestion/compliance.ts'
export {
  AckBatch,
  type CongestionController,
  type CongestionControllerFactory,
  DeliverySample,
  LossBatch,
} from './core/congestion/controller.ts'
export { COPA_DEFAULTS, Copa, type CopaParameters } from './core/congestion/copa.ts'
export { Cubic } from './core/congestion/cubic.ts'
export { NewReno } from './core/congestion/new-reno.ts'
