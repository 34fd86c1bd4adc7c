// What recovery learns of one path and of no other: its round trip, what is in flight on it and how much may be, whether it carries congestion marks.
// RFC 9000 section 9.4. Each packet knows the path that it left by. The numbers of its packets are the path's, too; under RFC 9000 all paths of a connection
// have the same space of numbers, under RFC 10069 each has one of its own: docs/decisions/009-a-path-has-its-numbers.md.
import type { Batches, CongestionController } from '../congestion/controller.ts'
import { PathEcn } from './ecn.ts'
import { Flight } from './flight.ts'
import { RttEstimator } from './rtt.ts'
import type { SpaceState } from './space-state.ts'

export interface PathRecoveryOptions {
  readonly controller: CongestionController
  /** The round trip assumed before it is measured, in milliseconds. */
  readonly initialRttMillis: number
  /** Whether packets are marked at all. */
  readonly ecn: boolean
  /** Bytes of the largest datagram that the path is known to carry. */
  readonly maxDatagramSize: number
  /** The space from which its 1-RTT packets are numbered. RFC 9000 section 12.3. */
  readonly space: SpaceState
  /** In which the controller is told what became of packets. Default: the path has its own. */
  readonly batches?: Batches | undefined
}

export class PathRecovery {
  readonly rtt: RttEstimator
  readonly flight: Flight
  readonly ecn: PathEcn
  readonly space: SpaceState
  /** Times that silence on it lasted too long. RFC 9002 section 6.2. */
  probeTimeouts = 0
  /** Milliseconds for which its window and its pacer held something back that was to be sent. Written by `SendWaits` alone. */
  congestionLimitedMillis = 0
  pacingLimitedMillis = 0

  constructor({ controller, initialRttMillis, ecn, maxDatagramSize, space, batches }: PathRecoveryOptions) {
    this.rtt = new RttEstimator(initialRttMillis)
    this.flight = new Flight(controller, this.rtt, maxDatagramSize, batches)
    this.ecn = new PathEcn(ecn)
    this.space = space
  }
}
