// What is known of a session when it is open, and what is said when it ends.
import type { Address } from '@millrace/native'

/** What the handshake agreed on. */
export interface SessionInfo {
  /** Our address and port. */
  readonly local: Address
  /** The peer's address and port. */
  readonly remote: Address
  /** As the client asked for it; empty if it named none. */
  readonly servername: string
  /** The application protocol agreed on. */
  readonly protocol: string
  /** The cipher suite, by TLS's name. */
  readonly cipher: string
  /** The handshake went on from an earlier session. */
  readonly resumed: boolean
  /** Whether 0-RTT was offered, and whether the server took it. RFC 9001 section 4.6. */
  readonly earlyDataAttempted: boolean
  /** The server took it. */
  readonly earlyDataAccepted: boolean
}

/** What the peer is told of the end. RFC 9000 section 10.2. */
export interface CloseOptions {
  /** A code of the application's: 0 to 2^62 - 1. Default 0: all is well. */
  readonly code?: number | bigint
  /** For people; at most 256 characters are sent. */
  readonly reason?: string
}
