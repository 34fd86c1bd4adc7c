// What a TLS session tells: the shape that the QUIC core expects (quic/src/core/crypto/tls.ts), which knows nothing of this package.
import type { Opener } from '../protection/opener.ts'
import type { Sealer } from '../protection/sealer.ts'

/** Encryption levels, in OpenSSL's numbering too. RFC 9001 section 2.1. */
export const LEVELS = ['initial', '0rtt', 'handshake', '1rtt'] as const
/** An encryption level. RFC 9001 section 2.1. */
export type Level = (typeof LEVELS)[number]

/** `none`: none was sent. */
export type EarlyDataStatus = 'none' | 'rejected' | 'accepted'

/** What came of bytes that were provided: in the order in which it is to be acted on. */
export type TlsEvent =
  | { readonly type: 'cryptoProduced'; readonly level: Level; readonly bytes: Uint8Array }
  | { readonly type: 'sealerInstalled'; readonly level: Level; readonly sealer: Sealer }
  | { readonly type: 'openerInstalled'; readonly level: Level; readonly opener: Opener }
  | {
      readonly type: 'transportParametersReceived'
      readonly bytes: Uint8Array
      /** At a client: what the server makes of early data. */
      readonly earlyData: EarlyDataStatus
    }
  | {
      readonly type: 'handshakeCompleted'
      readonly alpn: string
      readonly cipher: string
      readonly resumed: boolean
      readonly earlyData: EarlyDataStatus
      /** The name that the client asked for, or null. */
      readonly servername: string | null
    }
  | { readonly type: 'ticketReceived'; readonly ticket: Uint8Array }
  | TlsAlert

/** The handshake failed: the TLS alert, and a sentence for people (of a certificate: which check it did not pass). RFC 9001 section 4.8. */
export interface TlsAlert {
  readonly type: 'alertRaised'
  readonly alert: number
  readonly message: string
}
