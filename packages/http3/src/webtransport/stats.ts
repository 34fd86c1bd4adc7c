// Counts of a session. W3C WebTransport, "WebTransportConnectionStats Dictionary".
import type { QuicSessionStats } from '@millrace/quic'
import type { WebTransportDatagramStats } from './datagrams.ts'

/** Counts of the connection, which sessions may share, and of the session's datagrams. Times in milliseconds. */
export interface WebTransportConnectionStats {
  readonly bytesSent: number
  readonly bytesReceived: number
  readonly bytesLost: number
  readonly packetsSent: number
  readonly packetsReceived: number
  readonly packetsLost: number
  readonly smoothedRtt: number
  readonly rttVariation: number
  readonly minRtt: number
  /** Bits a second that may be sent as things are. */
  readonly estimatedSendRate: number | null
  readonly datagrams: WebTransportDatagramStats
}

const MILLIS = 1000
const BITS = 8

export function connectionStats(stats: QuicSessionStats, datagrams: WebTransportDatagramStats): WebTransportConnectionStats {
  const smoothedRtt = Number(stats.smoothedRtt ?? 0)
  return {
    bytesSent: stats.bytesSent,
    bytesReceived: stats.bytesReceived,
    bytesLost: stats.bytesLost,
    packetsSent: stats.packetsSent,
    packetsReceived: stats.packetsReceived,
    packetsLost: stats.packetsLost,
    smoothedRtt,
    rttVariation: Number(stats.rttVar ?? 0),
    minRtt: Number(stats.minRtt ?? 0),
    estimatedSendRate: smoothedRtt > 0 ? Math.round((stats.cwnd * BITS * MILLIS) / smoothedRtt) : null,
    datagrams,
  }
}
