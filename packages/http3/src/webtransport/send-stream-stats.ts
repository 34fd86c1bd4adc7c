// Counts of what is sent. W3C WebTransport, "WebTransportSendStreamStats Dictionary".
import type { QuicStreamStats } from '@millrace/quic'

/** Counts of a sending stream, or of all in a group. */
export interface WebTransportSendStreamStats {
  /** Bytes that the application has written. */
  readonly bytesWritten: number
  /** Those of them that have left once at least. */
  readonly bytesSent: number
  /** Those of them that the peer has, without a gap. */
  readonly bytesAcknowledged: number
}

/** `headerSize`: bytes before the application's. */
export function sendStreamStats(
  { bytesSent, bytesUnsent, bytesAcknowledged }: QuicStreamStats,
  headerSize: number,
): WebTransportSendStreamStats {
  const ours = (count: number): number => Math.max(0, count - headerSize)
  return { bytesWritten: ours(bytesSent), bytesSent: ours(bytesSent - bytesUnsent), bytesAcknowledged: ours(bytesAcknowledged) }
}
