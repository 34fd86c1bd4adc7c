// Who takes in the connections that clients begin at an endpoint.
import type { Connection } from '../core/connection.ts'
import type { Incoming } from './admission.ts'
import type { Member, MemberListener } from './member.ts'

/** Makes the connection for a client's first packet, and says who hears of it. */
export interface Acceptor {
  /** Versions that a client may begin with, the preferred one first. */
  readonly versions: readonly number[]
  connection(incoming: Incoming, localConnectionId: Uint8Array): Connection
  accepted(member: Member): MemberListener
}
