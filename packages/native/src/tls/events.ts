// What a TLS session tells: the shape that the QUIC core expects (quic/src/core/crypto/tls.ts), which knows nothing of this package.
import type { Opener } from '../protection/opener.ts'
import type { Sealer } from '../protection/sealer.ts'

/** Encryption levels, in OpenSSL's numbering too. RFC 9001 section 2.1. */
export const LEVELS = ['initial', '0rtt', 'handshake', '1rtt'] as const
export type Level = (typeof LEVELS)[number]

export type TlsEvent =
  | { readonly type: 'cryptoProduced'; readonly level: Level; readonly bytes: Uint8Array }
  | { readonly type: 'sealerInstalled'; readonly level: Level; readonly sealer: Sealer }
  | { readonly type: 'openerInstalled'; readonly level: Level; readonly opener: Opener }
  | { readonly type: 'transportParametersReceived'; readonly bytes: Uint8Array }
  | { readonly type: 'handshakeCompleted'; readonly alpn: string; readonly cipher: string; readonly resumed: boolean }
  | { readonly type: 'ticketReceived'; readonly ticket: Uint8Array }
  | TlsAlert

/** The handshake failed: the TLS alert, and a sentence for people (of a certificate: which check it did not pass). RFC 9001 section 4.8. */
export interface TlsAlert {
  readonly type: 'alertRaised'
  readonly alert: number
  readonly message: string
}
