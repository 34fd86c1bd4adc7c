// What recovery counts.

/** Counts since the path began. */
export interface RecoveryStats {
  packetsSent: number
  packetsAcknowledged: number
  packetsLost: number
  bytesSent: number
  bytesLost: number
  /** Of the lost packets, those that arrived after all. */
  packetsLostSpuriously: number
  probeTimeouts: number
  /** The most of them in a row, without an acknowledgement between. */
  longestSilence: number
  persistentCongestions: number
  /** Times that something was to be sent, and the congestion window or the pacer held it back. */
  congestionLimited: number
  pacingLimited: number
}

export function newRecoveryStats(): RecoveryStats {
  return {
    packetsSent: 0,
    packetsAcknowledged: 0,
    packetsLost: 0,
    bytesSent: 0,
    bytesLost: 0,
    packetsLostSpuriously: 0,
    probeTimeouts: 0,
    longestSilence: 0,
    persistentCongestions: 0,
    congestionLimited: 0,
    pacingLimited: 0,
  }
}
