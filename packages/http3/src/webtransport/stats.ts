// Counts of a session. W3C WebTransport, "WebTransportConnectionStats Dictionary".
import type { QuicSession } from '@millrace/quic'
import type { WebTransportDatagramStats } from './datagrams.ts'

/** Measurements of the connection, which sessions may share. Times in milliseconds. */
interface PooledStats {
  readonly smoothedRtt: number
  readonly rttVariation: number
  readonly minRtt: number
  /** Bits a second that may be sent as things are; null before anything is known. */
  readonly estimatedSendRate: number | null
  /** Whether that is what the path carries: more was to be sent than went. */
  readonly atSendCapacity: boolean
  /** Of this session. */
  readonly datagrams: WebTransportDatagramStats
}

/** Counts of the connection, absent where sessions may share it (`allowPooling`). */
interface OwnStats {
  /** Of streams and datagrams, each once. */
  readonly bytesSent: number
  /** Whatever else packets had in them, and what was sent again. */
  readonly bytesSentOverhead: number
  /** Of streams, each once. */
  readonly bytesAcknowledged: number
  readonly packetsSent: number
  readonly bytesLost: number
  readonly packetsLost: number
  readonly bytesReceived: number
  readonly packetsReceived: number
}

/** Counts of a session. */
export type WebTransportConnectionStats = PooledStats & Partial<OwnStats>

const MILLIS = 1000
const BITS = 8

/** `pooled`: without what would tell sessions of each other. */
export function connectionStats(quic: QuicSession, datagrams: WebTransportDatagramStats, pooled: boolean): WebTransportConnectionStats {
  const { stats } = quic
  const { smoothedRtt, rttVar: rttVariation, minRtt } = stats
  // The window is in use, or nearly: the rate is not the application's.
  const atSendCapacity = stats.bytesInFlight + quic.maxDatagramSize >= stats.cwnd
  const estimatedSendRate = minRtt > 0 ? Math.round((stats.cwnd * BITS * MILLIS) / smoothedRtt) : null
  const shared = { smoothedRtt, rttVariation, minRtt, estimatedSendRate, atSendCapacity, datagrams }
  if (pooled) return shared
  const bytesSent = stats.streamBytesSent + stats.datagramBytesSent
  return {
    bytesSent,
    bytesSentOverhead: stats.bytesSent - bytesSent,
    bytesAcknowledged: stats.streamBytesAcknowledged,
    packetsSent: stats.packetsSent,
    bytesLost: stats.bytesLost,
    packetsLost: stats.packetsLost,
    bytesReceived: stats.bytesReceived,
    packetsReceived: stats.packetsReceived,
    ...shared,
  }
}
