// Figures of one session, read from the parts that keep them. Names after node:quic where that has one.
import type { Connection } from '../core/connection.ts'
import type { PacketRecord } from '../core/last-packets.ts'
import type { EcnState } from '../core/recovery/ecn.ts'

/** One packet: its encryption level, its number, its bytes, and the moment of `performance.now()` at which it left or arrived. RFC 9000 section 12. */
export type QuicPacketRecord = PacketRecord

/**
 * Counts since the beginning; times in milliseconds, moments as `performance.now()` tells them, sizes in bytes. Of recovery and congestion: those of the path
 * in use.
 */
export interface QuicSessionStats {
  /** When the session began: a client's with its first packet, a server's with the first that it took. */
  readonly createdAt: number
  /** When the handshake was done; null before. RFC 9001 section 4.1.1. */
  readonly handshakeCompletedAt: number | null
  /** When the peer was known to have done it, too; null before. RFC 9001 section 4.1.2. */
  readonly handshakeConfirmedAt: number | null
  /** Milliseconds from the beginning until the handshake was done; null before. */
  readonly handshakeDuration: number | null
  /** UDP payload that arrived. */
  readonly bytesReceived: number
  /** Packets that were opened. */
  readonly packetsReceived: number
  /** Packets without keys, with a wrong tag, of another version, or seen before. */
  readonly packetsDropped: number
  /** Packets that were sent, with header and tag. */
  readonly bytesSent: number
  /** Packets, not datagrams. */
  readonly packetsSent: number
  /** Packets that the peer said it has. */
  readonly packetsAcknowledged: number
  /** Of packets declared lost. RFC 9002 section 6.1. */
  readonly bytesLost: number
  /** Packets declared lost. */
  readonly packetsLost: number
  /** Of those, the ones that arrived after all. */
  readonly packetsLostSpuriously: number
  /** Sent, and neither acknowledged nor lost. */
  readonly bytesInFlight: number
  /** The congestion window. */
  readonly cwnd: number
  /** The congestion window that this path began with. */
  readonly initialCwnd: number
  /** The window at which slow start ends; Infinity until it is known. */
  readonly ssthresh: number
  /** The newest sample; 0 before the first. RFC 9002 section 5. */
  readonly latestRtt: number
  /** The least sample; 0 before the first. */
  readonly minRtt: number
  /** The moving mean; before the first sample that which is assumed, 333 by default. */
  readonly smoothedRtt: number
  /** The mean deviation. */
  readonly rttVar: number
  /** How often silence lasted too long. RFC 9002 section 6.2. */
  readonly probeTimeouts: number
  /** The most of these in a row, without an acknowledgement between. */
  readonly longestSilence: number
  /** Bytes per millisecond at which data leaves; Infinity for as fast as it can. */
  readonly pacingRate: number
  /** Times that something was to be sent, and the congestion window held it back. */
  readonly congestionLimited: number
  /** Times that the pacer did. */
  readonly pacingLimited: number
  /** Milliseconds for which something was to be sent, and the congestion window held it back. RFC 9002 section 7. */
  readonly congestionLimitedMillis: number
  /** Milliseconds for which the pacer did. RFC 9002 section 7.7. */
  readonly pacingLimitedMillis: number
  /** Milliseconds for which stream data had to wait for MAX_DATA, the credit of the whole connection. RFC 9000 section 4.1. */
  readonly creditLimitedMillis: number
  /** RFC 9002 section 7.6. */
  readonly persistentCongestions: number
  /** Whether the path carries ECN marks: see the option `ecn`. RFC 9000 appendix A.4. */
  readonly ecn: EcnState
  /** Packets that were sent as ones that may be marked, and what the peer says of them: how many came so, and how many with a mark of congestion. */
  readonly ect0Sent: number
  /** Of those sent as ECT(0), the ones that the peer says came so. */
  readonly ect0Reported: number
  /** Of those, the ones that the peer says came with a mark of congestion. */
  readonly ceReported: number
  /** Packets that came with each ECN codepoint. */
  readonly ect0Received: number
  /** Packets that came as ECT(1). */
  readonly ect1Received: number
  /** Packets that came with a mark of congestion. */
  readonly ceReceived: number
  /** Bytes of the largest datagram that the path is known to carry. */
  readonly pathMtu: number
  /** Paths beside the first that were tried, those that the peer answered on, and how often all went over to another. RFC 9000 section 9. */
  readonly pathsOpened: number
  readonly pathsValidated: number
  readonly pathChanges: number
  /** Times that a client came from another address and seemed not to know it, and those of them in which it answered there. RFC 9000 section 9.3. */
  readonly rebindings: number
  readonly rebindingsValidated: number
  /** Key updates, from either side. */
  readonly keyUpdates: number
  /** Streams that the peer opened (in) and that we opened (out). */
  readonly bidiInStreamCount: number
  /** Bidirectional streams that we opened. */
  readonly bidiOutStreamCount: number
  /** Unidirectional streams that the peer opened. */
  readonly uniInStreamCount: number
  /** Unidirectional streams that we opened. */
  readonly uniOutStreamCount: number
  /** Stream data that was sent, each byte once, as flow control counts it. RFC 9000 section 4. */
  readonly streamBytesSent: number
  /** Stream data that was sent again. */
  readonly streamBytesResent: number
  /** Stream data that the peer has, each byte once and without a gap. */
  readonly streamBytesAcknowledged: number
  /** Stream data that arrived, counted in the same way. */
  readonly streamBytesReceived: number
  /** DATAGRAM frames that arrived. RFC 9221. */
  readonly datagramsReceived: number
  /** Of those, the ones for which nobody came in time. */
  readonly datagramsDropped: number
  /** DATAGRAM frames that left. */
  readonly datagramsSent: number
  /** Bytes in them, without type and length. */
  readonly datagramBytesSent: number
  /** Of those, the ones that the peer has. */
  readonly datagramsAcknowledged: number
  /** Of those, the ones that were lost, and are not sent again. */
  readonly datagramsLost: number
  /** Those that never left: the queue was full, or the path no longer carried them. */
  readonly datagramsAbandoned: number
}

/** How long a peer has been silent: 0 of both if nothing is awaited of it. */
export interface QuicSilence {
  /** Milliseconds since its latest acknowledgement, or since the packet left that it has to acknowledge. */
  readonly millis: number
  /** The same in probe timeouts: what it should take at most, but for losses. The third in a row passes at 7. RFC 9002 section 6.2.1. */
  readonly timeouts: number
}

/** @internal */
export function silenceOf({ recovery }: Connection, now: number): QuicSilence {
  const { elicitingInFlight, awaitedSince } = recovery.path.space
  const millis = elicitingInFlight === 0 ? 0 : now - awaitedSince
  return { millis, timeouts: millis / recovery.ptoDuration() }
}

/** @internal */
export function sessionStats(connection: Connection): QuicSessionStats {
  const { recovery, stats, streams, path, paths } = connection
  const { rtt, controller, stats: sent } = recovery
  const datagrams = connection.datagrams.stats
  const { createdAt, handshakeCompletedAt, handshakeConfirmedAt } = connection
  return {
    createdAt,
    handshakeCompletedAt,
    handshakeConfirmedAt,
    handshakeDuration: handshakeCompletedAt === null ? null : handshakeCompletedAt - createdAt,
    bytesReceived: stats.bytes,
    packetsReceived: stats.packets,
    packetsDropped: stats.dropped,
    bytesSent: sent.bytesSent,
    packetsSent: sent.packetsSent,
    packetsAcknowledged: sent.packetsAcknowledged,
    bytesLost: sent.bytesLost,
    packetsLost: sent.packetsLost,
    packetsLostSpuriously: sent.packetsLostSpuriously,
    bytesInFlight: recovery.bytesInFlight,
    cwnd: controller.window,
    initialCwnd: recovery.path.flight.initialWindow,
    ssthresh: controller.slowStartThreshold,
    latestRtt: rtt.latest,
    minRtt: rtt.minimum,
    smoothedRtt: rtt.smoothed,
    rttVar: rtt.variance,
    probeTimeouts: sent.probeTimeouts,
    longestSilence: sent.longestSilence,
    pacingRate: recovery.pacer.rate,
    congestionLimited: sent.congestionLimited,
    pacingLimited: sent.pacingLimited,
    congestionLimitedMillis: streams.waits.limitedMillis('congestion'),
    pacingLimitedMillis: streams.waits.limitedMillis('pacing'),
    creditLimitedMillis: streams.waits.creditLimitedMillis,
    persistentCongestions: sent.persistentCongestions,
    ecn: recovery.ecn.state,
    ...recovery.ecnTotals(),
    ...ecnReceived(connection),
    pathMtu: path.mtu.size,
    pathsOpened: paths.stats.opened,
    pathsValidated: paths.stats.validated,
    pathChanges: paths.stats.changes,
    rebindings: paths.stats.rebindings,
    rebindingsValidated: paths.stats.rebindingsValidated,
    keyUpdates: connection.keyPhases.updates,
    bidiInStreamCount: streams.accepting.bidi.opened,
    bidiOutStreamCount: streams.opening.bidi.opened,
    uniInStreamCount: streams.accepting.uni.opened,
    uniOutStreamCount: streams.opening.uni.opened,
    streamBytesSent: streams.sendCredit.used,
    streamBytesResent: streams.sendCredit.resent,
    streamBytesAcknowledged: streams.bytesAcknowledged,
    streamBytesReceived: streams.receiveCredit.used,
    datagramsReceived: datagrams.received,
    datagramsDropped: datagrams.overflowed,
    datagramsSent: datagrams.sent,
    datagramBytesSent: datagrams.bytesSent,
    datagramsAcknowledged: datagrams.acknowledged,
    datagramsLost: datagrams.lost,
    datagramsAbandoned: datagrams.abandoned,
  }
}

/** Over all packet-number spaces. */
function ecnReceived({ spaces }: Connection): Pick<QuicSessionStats, 'ect0Received' | 'ect1Received' | 'ceReceived'> {
  const counts = Object.values(spaces).map(({ received }) => received)
  return {
    ect0Received: counts.reduce((sum, { ect0 }) => sum + ect0, 0),
    ect1Received: counts.reduce((sum, { ect1 }) => sum + ect1, 0),
    ceReceived: counts.reduce((sum, { ce }) => sum + ce, 0),
  }
}
