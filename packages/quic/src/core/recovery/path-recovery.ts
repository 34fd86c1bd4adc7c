// What recovery learns of one path and of no other: its round trip, what is in flight on it and how much may be, whether it carries congestion marks.
// RFC 9000 section 9.4. Each packet knows the path that it left by. The packet-number spaces, and what they hold, are the connection's: RFC 9000 has one for
// all paths, RFC 10069 one for each.
import type { CongestionController } from '../congestion/controller.ts'
import { PathEcn } from './ecn.ts'
import { Flight } from './flight.ts'
import { RttEstimator } from './rtt.ts'

export interface PathRecoveryOptions {
  readonly controller: CongestionController
  /** The round trip assumed before it is measured, in milliseconds. */
  readonly initialRttMillis: number
  /** Whether packets are marked at all. */
  readonly ecn: boolean
  /** Bytes of the largest datagram that the path is known to carry. */
  readonly maxDatagramSize: number
}

export class PathRecovery {
  readonly rtt: RttEstimator
  readonly flight: Flight
  readonly ecn: PathEcn

  constructor({ controller, initialRttMillis, ecn, maxDatagramSize }: PathRecoveryOptions) {
    this.rtt = new RttEstimator(initialRttMillis)
    this.flight = new Flight(controller, this.rtt, maxDatagramSize)
    this.ecn = new PathEcn(ecn)
  }
}
