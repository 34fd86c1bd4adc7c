/**
 * A virtual clock and network, for tests that replay from a seed.
 *
 * @module @millrace/netsim
 */
export { type Scheduled, VirtualClock } from './clock.ts'
export { NetsimError } from './error.ts'
export { type Decision, type Delivery, type DropReason, Impairment } from './impairment.ts'
export { type Envelope, Link } from './link.ts'
export { type Arrival, Network, type NetworkOptions, type Outgoing, type Peer } from './network.ts'
export type { BlackHole, ImpairmentOptions, Step } from './options.ts'
export { Random } from './random.ts'
export { type Side, Trace, type TraceEvent } from './trace.ts'
