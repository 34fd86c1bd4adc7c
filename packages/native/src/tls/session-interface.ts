// What users of TLS sessions see of them. RFC 9001 section 4.
import type { Level, TlsEvent } from './events.ts'

/** What a server decides once it knows the client's transport parameters. RFC 9368 section 2.3. */
export interface TlsAnswer {
  readonly transportParameters: Uint8Array
  readonly version: number
}

/** What one session has for itself. */
export interface TlsSessionOptions {
  /** Our transport parameters, encoded. RFC 9001 section 8.2. */
  readonly transportParameters: Uint8Array
  /** Version of QUIC whose labels the keys are derived with: 1, the default, or 2. See `TlsSession.useVersion`. */
  readonly version?: number
  /**
   * Server: called with the client's transport parameters before ours are sent and before the first key is made, so that the answer may depend on
   * them. What it returns takes the place of `transportParameters` and `version`; null leaves them.
   */
  readonly answer?: (clientParameters: Uint8Array) => TlsAnswer | null
  /** Client: the name or IP address of the server, to ask for and to verify. Needed unless `rejectUnauthorized` is false. */
  readonly servername?: string
  /**
   * Client: a ticket of an earlier session with the same server, to resume it. One that cannot be read, or that was made for another server
   * name or with other verification, is left unused, and the handshake is a full one. Null for none.
   */
  readonly ticket?: Uint8Array | null
  /**
   * Client: sends early data if the ticket permits it. Server: whether to accept what is offered, by what `ticketData` was when the ticket was made,
   * and the random of the ClientHello, by which a replayed one is known (RFC 8446 section 8.2).
   */
  readonly earlyData?: boolean | ((ticketData: Uint8Array, clientRandom: Uint8Array) => boolean)
  /** Server: bytes to remember in tickets, for `earlyData`. */
  readonly ticketData?: Uint8Array
  /** Server: keeps what `exportKeyingMaterial` needs, some 20 KB. Clients keep it in any case. Default false. */
  readonly exporter?: boolean
}

/** A TLS session for one QUIC connection. Made by `TlsContext.session()`. */
export interface TlsSession {
  /** Begins the handshake. A client's ClientHello is then among the events. */
  start(): void
  /**
   * Takes the CRYPTO bytes that arrived at a level, in stream order and without gaps; they are copied. At most 64 KiB may wait for keys of
   * their level, else the handshake fails. Ignored once it has failed. Throws `NativeError` (`ERR_NATIVE_RELEASED`) after `release()`.
   */
  provide(level: Level, bytes: Uint8Array): void
  /** What came of it, oldest first, until null. */
  takeEvent(): TlsEvent | null
  /** Keys made from now on are those of this version of QUIC: 1 or 2. Throws `NativeError` (`ERR_NATIVE_OPTION`) for another. */
  useVersion(version: number): void
  /** The certificate with which we have presented ourselves, in DER; null where we have not, and after `release()`. */
  readonly certificate: Uint8Array | null
  /** That of the peer; null where it has none, before the handshake is done, and after `release()`. Whether it was verified is the context's choice. */
  readonly peerCertificate: Uint8Array | null
  /** At a server with `verifyClient: 'any'`: which check the client's certificate did not pass, by Node's name for it; else null. */
  readonly peerCertificateError: string | null
  /**
   * Bytes that both ends get for the same label (ASCII, 1 to 249 characters) and context, and nobody else; null before the handshake is done, after
   * `release()`, and on servers without `exporter`. RFC 8446 section 7.5.
   */
  exportKeyingMaterial(length: number, label: string, context: Uint8Array): Uint8Array | null
  /** To be called when what the session had to say has left: frees what is not needed any more, which need not be waited for. */
  tidy(): void
  /** Frees all that belongs to the session, keys that were handed out excepted; harmless when done again. */
  release(): void
}
