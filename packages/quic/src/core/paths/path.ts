// A path: a remote address, a local one, and all that is true of the way between them and of no other. RFC 9000 section 9, RFC 10069.
import type { Instant } from '../instant.ts'
import { MIN_INITIAL_DATAGRAM } from '../limits.ts'
import type { PacketSpace } from '../packet-space.ts'
import type { PathRecovery } from '../recovery/path-recovery.ts'
import { AmplificationLimit } from './amplification.ts'
import type { MtuDiscovery } from './mtu-discovery.ts'
import { type LocalSocket, type RemoteAddress, sameAddress } from './path-address.ts'
import { PathResponses } from './path-responses.ts'
import { PathValidation } from './path-validation.ts'
import { Refusals } from './refusals.ts'
import type { RemoteId } from './remote-connection-ids.ts'
import type { SpinBit } from './spin-bit.ts'

export interface PathOptions {
  /** Which it is of those of its connection, in the order in which they were opened. */
  readonly id: number
  readonly openedAt: Instant
  readonly remote: RemoteAddress
  readonly local: LocalSocket
  /** `limited`: no more than three times what came may be sent until the peer is known to be there. RFC 9000 section 8. */
  readonly limited: boolean
  /** The connection id under which the peer is reached on this path, and on no other. RFC 9000 section 9.5. */
  readonly remoteId: RemoteId
  /** Which of our ids the peer uses on it. */
  readonly localSequence: number
  /** Round trip and congestion of the packets that are sent here. */
  readonly recovery: PathRecovery
  /** The space of the 1-RTT packets that go and come here; its `recovery.space` is the half that sends. RFC 9000 section 12.3. */
  readonly space: PacketSpace
  readonly mtu: MtuDiscovery
  readonly spin: SpinBit
  readonly random: (length: number) => Uint8Array
}

/** Bytes below which a datagram is not worth sending. */
const LEAST_DATAGRAM = 64

export class Path {
  readonly id: number
  readonly openedAt: Instant
  /** When another took its place; null for the one in use, and for those that were never used. */
  leftAt: Instant | null = null
  /** Packets that came here and were opened. */
  packetsReceived = 0
  /** Stream data that went and came here, what was sent again included. */
  streamBytesSent = 0
  streamBytesReceived = 0
  /** What the socket would not send here. */
  readonly refusals: Refusals = new Refusals()
  remote: RemoteAddress
  readonly local: LocalSocket
  remoteId: RemoteId
  readonly localSequence: number
  readonly recovery: PathRecovery
  /** One for all paths under RFC 9000, one for each under RFC 10069: whoever numbers, acknowledges or opens 1-RTT packets asks the path. */
  readonly space: PacketSpace
  readonly amplification: AmplificationLimit
  readonly validation: PathValidation
  readonly responses: PathResponses = new PathResponses()
  readonly mtu: MtuDiscovery
  readonly spin: SpinBit
  /** The peer answered here: it may be returned to. */
  validated: boolean
  /** The server would rather be reached here. RFC 9000 section 9.6. */
  preferred = false
  /** The peer came here under the connection id of the path before: a NAT moved it. RFC 9000 section 9.3. */
  rebound = false

  constructor(options: PathOptions) {
    this.id = options.id
    this.openedAt = options.openedAt
    this.remote = options.remote
    this.local = options.local
    this.remoteId = options.remoteId
    this.localSequence = options.localSequence
    this.recovery = options.recovery
    this.space = options.space
    this.amplification = new AmplificationLimit(!options.limited)
    this.validation = new PathValidation(options.random)
    this.mtu = options.mtu
    this.spin = options.spin
    this.validated = false
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
    const { room } = this.amplification
    return room >= size ? size : this.#lessRoom(room)
  }

  /** In the handshake a datagram with an Initial packet has to be of full size (RFC 9000 section 14.1); later a small one may ask or answer (section 8.2). */
  #lessRoom(room: number): number {
    return (this.validation.pending || this.responses.wantsToSend) && room >= LEAST_DATAGRAM ? Math.min(room, MIN_INITIAL_DATAGRAM) : 0
  }

  /** Has something to say that belongs to no other path. */
  get wantsToSend(): boolean {
    return this.responses.wantsToSend || this.validation.wantsToSend
  }
}
