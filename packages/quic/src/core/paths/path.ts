// A path: a remote address, a local one, and all that is true of the way between them and of no other. RFC 9000 section 9, RFC 10069.
import type { Recovery } from '../recovery/recovery.ts'
import { AmplificationLimit } from './amplification.ts'
import type { RemoteId } from './connection-ids.ts'
import { MtuDiscovery } from './mtu-discovery.ts'
import { type LocalSocket, type RemoteAddress, sameAddress } from './path-address.ts'
import { PathResponses } from './path-responses.ts'

export interface PathOptions {
  readonly remote: RemoteAddress
  readonly local: LocalSocket
  /** Whether the peer is known to be at `remote`. */
  readonly validated: boolean
  /** The connection id under which the peer is reached on this path, and on no other. RFC 9000 section 9.5. */
  readonly remoteId: RemoteId
  /** Round trip, losses and congestion of the packets that are sent here. */
  readonly recovery: Recovery
  /** Bytes of the largest datagram that is ever tried. */
  readonly maxDatagramSize: number
}

export class Path {
  remote: RemoteAddress
  readonly local: LocalSocket
  remoteId: RemoteId
  readonly recovery: Recovery
  readonly amplification: AmplificationLimit
  readonly responses: PathResponses = new PathResponses()
  readonly mtu: MtuDiscovery

  constructor(options: PathOptions) {
    this.remote = options.remote
    this.local = options.local
    this.remoteId = options.remoteId
    this.recovery = options.recovery
    this.amplification = new AmplificationLimit(options.validated)
    this.mtu = new MtuDiscovery(options.maxDatagramSize)
  }

  /** Whether a datagram came along this path. */
  carries(from: RemoteAddress, local: LocalSocket): boolean {
    if (this.remote === from) return this.local === local
    if (this.local !== local || !sameAddress(this.remote, from)) return false
    this.remote = from
    return true
  }

  /** Bytes of the largest datagram that may leave now; 0 if none may. */
  get room(): number {
    const size = this.mtu.size
    // A server that may not send a whole datagram yet waits until it may: one with an Initial packet has to be of full size. RFC 9000 section 14.1.
    return this.amplification.room < size ? 0 : size
  }
}
