// One request and its response, whatever carries them: the semantics of HTTP (RFC 9110) without its syntax. HTTP/3's and HTTP/2's streams and Node's
// own HTTP/1.1 objects each have an adaptor to it; all that serves applications is built on this alone.
import type { X509Certificate } from 'node:crypto'
import { type FieldSection, fieldValue } from '../core/fields/field-section.ts'

/** What a request says before its content. RFC 9110 section 7.1, RFC 9114 section 4.3.1. */
export interface RequestHead {
  /** Case counts. RFC 9110 section 9.1. */
  readonly method: string
  /** `https`; empty for CONNECT. */
  readonly scheme: string
  /** Host, and port if it is not the scheme's own. */
  readonly authority: string
  /** Path and query; empty for CONNECT. */
  readonly path: string
  /** What an extended CONNECT asks for, such as `websocket`; null otherwise. RFC 9220, RFC 8441. */
  readonly protocol: string | null
  /** The field lines as they came, without pseudo-header fields, `host` among them. */
  readonly fields: FieldSection
}

/** Who is at the other end of the connection. */
export interface Peer {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  /** The name that the client asked for in its handshake; empty if none. */
  readonly servername: string
  /** Whether it showed a certificate that holds. */
  readonly authorized: boolean
  /** Why not, by Node's name for it (`CERT_HAS_EXPIRED`; without a certificate `UNABLE_TO_GET_ISSUER_CERT`); null if it is, or was not asked. */
  readonly authorizationError: string | null
  readonly certificate: X509Certificate | undefined
}

/** Why an exchange is given up, in HTTP/3's words. RFC 9114 section 8.1; HTTP/2 has its own for each (RFC 9113 section 7). */
export type ResetReason =
  | 'H3_NO_ERROR'
  | 'H3_INTERNAL_ERROR'
  | 'H3_REQUEST_REJECTED'
  | 'H3_REQUEST_CANCELLED'
  | 'H3_MESSAGE_ERROR'
  | 'H3_CONNECT_ERROR'

/** One request and its response. What is not read is not credited to the client; what is written beyond the client's credit waits. */
export interface Exchange {
  readonly version: '3.0' | '2.0' | '1.1'
  readonly head: RequestHead
  readonly peer: Peer
  /** It came as 0-RTT, which an attacker can replay. RFC 8470. */
  readonly early: boolean
  /** The request ended with its header section: it has no content. */
  readonly contentless: boolean
  /** Aborted when the client gave up, or the connection ended. */
  readonly signal: AbortSignal
  /** Resolves when request and response are complete, and rejects when either was given up. */
  readonly closed: Promise<void>
  /** The next piece of the content, which is the caller's to keep; null at its end. Rejects when the client gave up. */
  read(): Promise<Uint8Array | null>
  /** The trailer section, once `read` gave null; null if there is none. RFC 9110 section 6.5. */
  readonly trailers: FieldSection | null
  /** Sends an interim response: 100, 102, 103 (RFC 9110 section 15.2, RFC 8297). */
  informational(status: number, fields: FieldSection): void
  /** Sends the header section, once. `endStream`: no content follows. */
  respond(status: number, fields: FieldSection, endStream: boolean): void
  /** Sends the whole response, once: header section, content, which is not empty, and end. */
  answer(status: number, fields: FieldSection, content: Uint8Array): void
  /** Takes a piece of the content; false if `drained` should be awaited before the next. Do not change the bytes before they are sent. */
  write(chunk: Uint8Array): boolean
  /** Resolves when there is room for more; rejects when the client gave up. */
  drained(): Promise<void>
  /** Ends the response. */
  end(trailers?: FieldSection): void
  /** Wants no more of the request's content, though the response may go on. RFC 9114 section 4.1. */
  stopReading(): void
  /** Gives both directions up. */
  reset(reason: ResetReason): void
}

/** A header section, its pseudo-header fields apart. `host` follows from `:authority` where the client sent none. RFC 9114 section 4.3.1. */
export function requestHead(section: FieldSection): RequestHead {
  const pseudo: Record<string, string> = {}
  let at = 0
  for (; at < section.length && section[at]!.startsWith(':'); at += 2) pseudo[section[at]!] = section[at + 1]!
  const fields = section.slice(at)
  const host = fieldValue(fields, 'host')
  const authority = pseudo[':authority'] ?? host ?? ''
  if (host === undefined && authority !== '') fields.unshift('host', authority)
  return {
    method: pseudo[':method'] ?? '',
    scheme: pseudo[':scheme'] ?? '',
    authority,
    path: pseudo[':path'] ?? '',
    protocol: pseudo[':protocol'] ?? null,
    fields,
  }
}
