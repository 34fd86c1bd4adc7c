// Where a session is reached, and under which ids: its endpoint, those that it has left, and the way between. RFC 9000 sections 5.1 and 9.
import { performance } from 'node:perf_hooks'
import type { Address } from '@millrace/native'
import type { Path } from '../core/paths/path.ts'
import type { EcnState } from '../core/recovery/ecn.ts'
import type { Streams } from '../core/streams/streams.ts'
import type { Member } from '../endpoint/member.ts'
import { endpointCore, type QuicEndpoint } from './endpoint.ts'
import { QuicError } from './error.ts'
import type { QuicSession } from './session.ts'

/** One path of a session, and what went by it so far. Sizes in bytes. */
export interface QuicPathStats {
  /** 0 for the first, and counted from there in the order in which paths were opened. */
  readonly id: number
  /** The peer's address on it. */
  readonly remote: Address
  /** Whether it carries what we send; another is tried, or was left a moment ago. */
  readonly active: boolean
  /** Whether the peer is known to be there. RFC 9000 section 8.2. */
  readonly validated: boolean
  /** When it was opened, as `performance.now()` tells it. */
  readonly openedAt: number
  /** When another took its place; null for the active one, and for those that never carried more than probes. */
  readonly leftAt: number | null
  /** Of datagrams, without the headers of UDP and IP. */
  readonly bytesSent: number
  readonly bytesReceived: number
  /** Packets that came here and were opened. */
  readonly packetsReceived: number
  /** Stream data that went and came here, what was sent again included. */
  readonly streamBytesSent: number
  readonly streamBytesReceived: number
  /** Datagrams that the operating system would not send here, which are lost; some sockets learn of it a moment later. */
  readonly datagramsRefused: number
  /** The name of its last error, which tells why a path is dead: EHOSTUNREACH, ENETUNREACH, EMSGSIZE, EPERM...; null while there was none. */
  readonly lastSocketError: string | null
  /** The largest datagram that it is known to carry. RFC 9000 section 14. */
  readonly mtu: number
  /** Packets that had to be acknowledged, and those of them that were lost. */
  readonly packetsSent: number
  readonly packetsLost: number
  /** Times that silence on it lasted too long. RFC 9002 section 6.2. */
  readonly probeTimeouts: number
  /** Bytes that are sent, and neither acknowledged nor lost. */
  readonly bytesInFlight: number
  /** The congestion window. */
  readonly cwnd: number
  /** The window that it began with. */
  readonly initialCwnd: number
  /** Milliseconds for which something was to be sent, and its window or its pacer held it back. RFC 9002 sections 7 and 7.7. */
  readonly congestionLimitedMillis: number
  readonly pacingLimitedMillis: number
  /** Milliseconds: the moving mean, which is assumed before the first sample, and the least sample, 0 before it. RFC 9002 section 5. */
  readonly smoothedRtt: number
  readonly minRtt: number
  /** Whether it carries ECN marks. RFC 9000 appendix A.4. */
  readonly ecn: EcnState
}

/** @internal */
export class SessionPaths {
  readonly #session: QuicSession
  readonly #member: Member
  #endpoint: QuicEndpoint
  /** The ones that were left, and may still hear of the session. */
  #former: readonly QuicEndpoint[] = NONE

  constructor(session: QuicSession, member: Member, endpoint: QuicEndpoint) {
    this.#session = session
    this.#member = member
    this.#endpoint = endpoint
  }

  get endpoint(): QuicEndpoint {
    return this.#endpoint
  }

  get current(): { readonly local: Address; readonly remote: Address } {
    const { connection, endpoint } = this.#member
    return { local: endpoint.socket.local, remote: connection.path.remote }
  }

  get stats(): QuicPathStats[] {
    const { paths, streams } = this.#member.connection
    return paths.all.map((path) => statsOf(path, path === paths.active, streams.waits))
  }

  migrate(endpoint: QuicEndpoint): void {
    if (endpoint === this.#endpoint) return
    const core = endpointCore(endpoint)
    const { connection } = this.#member
    if (!core.canAdopt(this.#member)) {
      throw cannotMove("the endpoint's connection ids have another length, or one of the session's is in use there")
    }
    const { address, port } = connection.path.remote
    if (!connection.migrate(core, core.socket.resolve(address, port), performance.now())) {
      throw cannotMove(
        'only a client may, once the handshake is confirmed, if the server permits it and has given a connection id to do it with',
      )
    }
    endpoint.sessionBegan(this.#session)
    this.#leave(endpoint)
    core.adopt(this.#member)
  }

  rotateConnectionIds(): boolean {
    const { localIds, paths, peerParameters, handshake } = this.#member.connection
    if (peerParameters === null || !handshake.completed) return false
    const asked = localIds.rotate(peerParameters.activeConnectionIdLimit)
    const changed = paths.changeId()
    this.#member.touch()
    return asked || changed
  }

  /** The server does not answer on the new way: back to the endpoint that was left. */
  returned(local: object): void {
    const former = this.#former.find((endpoint) => endpointCore(endpoint) === local)
    if (former !== undefined) this.#leave(former)
  }

  /** Nothing of the session goes by this socket any more. */
  abandoned(local: object): void {
    for (const former of this.#former.filter((endpoint) => endpointCore(endpoint) === local)) {
      this.#former = this.#former.filter((other) => other !== former)
      former.sessionEnded(this.#session)
    }
  }

  ended(): void {
    for (const former of this.#former) former.sessionEnded(this.#session)
    this.#endpoint.sessionEnded(this.#session)
  }

  /** For another. */
  #leave(next: QuicEndpoint): void {
    this.#former = [...this.#former.filter((former) => former !== next && former !== this.#endpoint), this.#endpoint]
    this.#endpoint = next
  }
}

const NONE: readonly QuicEndpoint[] = []

/** Paths that differ in the peer's port alone have round trip, window and what is counted of packets in common. RFC 9000 section 9.4. */
function statsOf(path: Path, active: boolean, waits: Streams['waits']): QuicPathStats {
  const { id, remote, validated, openedAt, leftAt, packetsReceived, streamBytesSent, streamBytesReceived, amplification, refusals, mtu } =
    path
  const { rtt, flight, ecn, probeTimeouts } = path.recovery
  return {
    id,
    remote,
    active,
    validated,
    openedAt,
    leftAt,
    bytesSent: amplification.bytesSent,
    bytesReceived: amplification.bytesReceived,
    packetsReceived,
    streamBytesSent,
    streamBytesReceived,
    datagramsRefused: refusals.datagrams,
    lastSocketError: refusals.lastCode,
    mtu: mtu.size,
    packetsSent: flight.packetsSent,
    packetsLost: flight.packetsLost,
    probeTimeouts,
    bytesInFlight: flight.bytes,
    cwnd: flight.controller.window,
    initialCwnd: flight.initialWindow,
    congestionLimitedMillis: waits.pathLimitedMillis('congestion', path.recovery),
    pacingLimitedMillis: waits.pathLimitedMillis('pacing', path.recovery),
    smoothedRtt: rtt.smoothed,
    minRtt: rtt.minimum,
    ecn: ecn.state,
  }
}

function cannotMove(why: string): QuicError {
  return new QuicError(`The session cannot move: ${why}.`, { code: 'ERR_QUIC_MIGRATION' })
}
