// What users decide for an endpoint.
import type { AdmissionOptions } from './admission.ts'
import type { ConnectionIdOptions } from './connection-id-source.ts'
import type { PortSeat } from './port-seat.ts'
import type { ReplyRates } from './stateless-replies.ts'

/** What an endpoint does for peers that it does not know. */
export interface PeerPolicy {
  readonly admission: AdmissionOptions
  readonly connectionIds: ConnectionIdOptions
  readonly replyRates: ReplyRates
  readonly resetTokenSecret: Uint8Array
  /** Ours at a port that other threads share; null at one of our own. */
  readonly seat: PortSeat | null
}

export interface EndpointPolicy extends PeerPolicy {
  /** See `BusyPoll`; 0 for none. */
  readonly busyPollMillis: number
  /** See `HandshakePoll`. */
  readonly pollsForHandshakes: boolean
}
