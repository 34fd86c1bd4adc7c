// Figures of one session, read from the parts that keep them. Names after node:quic where that has one.
import type { Connection } from '../core/connection.ts'
import type { EcnState } from '../core/recovery/ecn.ts'

/** Counts since the beginning; times in milliseconds, sizes in bytes. Of recovery and congestion: those of the path in use. */
export interface QuicSessionStats {
  readonly bytesReceived: number
  readonly packetsReceived: number
  /** Packets without keys, with a wrong tag, of another version, or seen before. */
  readonly packetsDropped: number
  readonly bytesSent: number
  readonly packetsSent: number
  readonly packetsAcknowledged: number
  readonly bytesLost: number
  readonly packetsLost: number
  /** Of those, the ones that arrived after all. */
  readonly packetsLostSpuriously: number
  readonly bytesInFlight: number
  readonly cwnd: number
  /** The window at which slow start ends; Infinity until it is known. */
  readonly ssthresh: number
  readonly latestRtt: number
  readonly minRtt: number
  readonly smoothedRtt: number
  readonly rttVar: number
  readonly probeTimeouts: number
  /** Bytes per millisecond at which data leaves; Infinity for as fast as it can. */
  readonly pacingRate: number
  /** Times that something was to be sent, and the congestion window or the pacer held it back. */
  readonly congestionLimited: number
  readonly pacingLimited: number
  /** RFC 9002 section 7.6. */
  readonly persistentCongestions: number
  /** Whether the path carries ECN marks: see the option `ecn`. RFC 9000 appendix A.4. */
  readonly ecn: EcnState
  /** Packets that were sent as ones that may be marked, and what the peer says of them: how many came so, and how many with a mark of congestion. */
  readonly ect0Sent: number
  readonly ect0Reported: number
  readonly ceReported: number
  /** Packets that came with each ECN codepoint. */
  readonly ect0Received: number
  readonly ect1Received: number
  readonly ceReceived: number
  /** Bytes of the largest datagram that the path is known to carry. */
  readonly pathMtu: number
  /** Paths beside the first that were tried, those that the peer answered on, and how often all went over to another. RFC 9000 section 9. */
  readonly pathsOpened: number
  readonly pathsValidated: number
  readonly pathChanges: number
  /** Key updates, from either side. */
  readonly keyUpdates: number
  /** Streams that the peer opened (in) and that we opened (out). */
  readonly bidiInStreamCount: number
  readonly bidiOutStreamCount: number
  readonly uniInStreamCount: number
  readonly uniOutStreamCount: number
  /** Stream data, each byte once, as flow control counts it. RFC 9000 section 4. */
  readonly streamBytesSent: number
  readonly streamBytesReceived: number
  readonly datagramsReceived: number
  /** Of those, the ones for which nobody came in time. */
  readonly datagramsDropped: number
  readonly datagramsSent: number
  readonly datagramsAcknowledged: number
  readonly datagramsLost: number
  /** Those that never left: the queue was full, or the path no longer carried them. */
  readonly datagramsAbandoned: number
}

export function sessionStats(connection: Connection): QuicSessionStats {
  const { recovery, stats, streams, path, paths } = connection
  const { rtt, controller, stats: sent } = recovery
  const datagrams = connection.datagrams.stats
  return {
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
    ssthresh: controller.slowStartThreshold,
    latestRtt: rtt.latest,
    minRtt: rtt.minimum,
    smoothedRtt: rtt.smoothed,
    rttVar: rtt.variance,
    probeTimeouts: sent.probeTimeouts,
    pacingRate: recovery.pacer.rate,
    congestionLimited: sent.congestionLimited,
    pacingLimited: sent.pacingLimited,
    persistentCongestions: sent.persistentCongestions,
    ecn: recovery.ecn.state,
    ...recovery.ecnTotals(),
    ...ecnReceived(connection),
    pathMtu: path.mtu.size,
    pathsOpened: paths.stats.opened,
    pathsValidated: paths.stats.validated,
    pathChanges: paths.stats.changes,
    keyUpdates: connection.keyPhases.updates,
    bidiInStreamCount: streams.accepting.bidi.opened,
    bidiOutStreamCount: streams.opening.bidi.opened,
    uniInStreamCount: streams.accepting.uni.opened,
    uniOutStreamCount: streams.opening.uni.opened,
    streamBytesSent: streams.sendCredit.used,
    streamBytesReceived: streams.receiveCredit.used,
    datagramsReceived: datagrams.received,
    datagramsDropped: datagrams.overflowed,
    datagramsSent: datagrams.sent,
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
