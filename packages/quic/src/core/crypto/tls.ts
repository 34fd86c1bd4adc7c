// What the core needs of TLS (RFC 9001 section 4): CRYPTO bytes in, events out. `native` implements it with the OpenSSL inside Node.
import type { Level } from './level.ts'
import type { Opener, Sealer } from './protection.ts'

export interface TlsSession {
  /** Begins the handshake. A client's ClientHello is then among the events. */
  start(): void
  /** Takes the CRYPTO bytes that arrived at a level, in stream order and without gaps. They are copied if kept. */
  provide(level: Level, bytes: Uint8Array): void
  /** Keys made from now on are those of this version of QUIC. */
  useVersion(version: number): void
  /** What came of it, oldest first, until null. */
  takeEvent(): TlsEvent | null
  /** Ours, as we have presented it, and the peer's, in DER; null for none, before the handshake is done, and after `release`. */
  readonly certificate: Uint8Array | null
  readonly peerCertificate: Uint8Array | null
  /** Why the peer's certificate does not hold, where the server takes any; null where it holds, or was refused or not asked for. */
  readonly peerCertificateError: string | null
  /** Bytes that both ends get for the same label and context, and nobody else; null where there are none. RFC 8446 section 7.5. */
  exportKeyingMaterial(length: number, label: string, context: Uint8Array): Uint8Array | null
  /** To be called when what the session had to say has left: frees what is not needed any more, which need not be waited for. */
  tidy(): void
  /** Frees all that belongs to the session, keys that were handed out excepted. */
  release(): void
}

/** What a server decides once it knows the client's transport parameters. RFC 9368 section 2.3. */
export interface TlsAnswer {
  readonly transportParameters: Uint8Array
  readonly version: number
}

/** Makes a TLS session. `answer` is called on servers, before anything is sent; null leaves parameters and version as they are. */
export type TlsFactory = (
  transportParameters: Uint8Array,
  version: number,
  answer: (clientParameters: Uint8Array) => TlsAnswer | null,
) => TlsSession

/** `none`: none was sent. */
export type EarlyDataStatus = 'none' | 'rejected' | 'accepted'

export interface HandshakeResult {
  readonly alpn: string
  readonly cipher: string
  readonly resumed: boolean
  readonly earlyData: EarlyDataStatus
  /** The name that the client asked for, or null. */
  readonly servername: string | null
}

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
  | ({ readonly type: 'handshakeCompleted' } & HandshakeResult)
  | { readonly type: 'ticketReceived'; readonly ticket: Uint8Array }
  | TlsAlert

/** The handshake failed: the TLS alert, and a sentence for people (of a certificate: which check it did not pass). RFC 9001 section 4.8. */
export interface TlsAlert {
  readonly type: 'alertRaised'
  readonly alert: number
  readonly message: string
}
