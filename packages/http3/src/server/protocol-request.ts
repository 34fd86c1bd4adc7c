// Requests over HTTP/2 and 1.1 that ask for another protocol: an extended CONNECT (RFC 8441), and an upgrade (RFC 9110 section 7.8). To who understands the
// protocol both look like the extended CONNECT of HTTP/3.
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type FieldSection, fieldValue } from '../core/fields/field-section.ts'
import { writeHead } from '../websocket/http1-head.ts'
import { asHeaders } from './http2-exchange.ts'

/** A request for another protocol over HTTP/2 or 1.1. */
export interface ProtocolRequest {
  /** As over HTTP/3: `:method` CONNECT, `:protocol` and the other pseudo-header fields first, nothing of HTTP/1.1's upgrade. */
  readonly requestFields: FieldSection
  /** The bytes of the protocol, once it was accepted. */
  readonly stream: Duplex
  /** The same object for all requests on one connection. */
  readonly connection: object
  /** The server's port. */
  readonly localPort: number
  /** Aborted when the client gave up, or the connection ended. */
  readonly signal: AbortSignal
  /** Answers with a header section, `:status` first: 2xx begins the protocol, whatever the version has for it; anything else is the end. */
  respond(fields: FieldSection): void
}

/** Of a stream of HTTP/2. `section` holds the field lines as they came; `connection` stands for the session. */
export function http2ProtocolRequest(stream: ServerHttp2Stream, section: FieldSection, connection: object): ProtocolRequest {
  return {
    requestFields: section,
    stream,
    connection,
    localPort: stream.session?.socket.localPort ?? 0,
    signal: signalOf(stream),
    respond([, status, ...fields]) {
      if (stream.destroyed) return
      const accepted = isAccepted(status!)
      stream.respond({ ':status': Number(status), ...asHeaders(fields) }, { endStream: !accepted })
      // What the client still sends is let go: RST_STREAM would overtake the answer.
      if (!accepted) stream.on('error', () => undefined).resume()
    },
  }
}

/** Of an upgrade of HTTP/1.1. `head`: what came behind the request. */
export function http1ProtocolRequest(request: IncomingMessage, socket: Duplex, head: Buffer): ProtocolRequest {
  const { rawHeaders, url = '', headers } = request
  const fields = rawHeaders.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text))
  const protocol = protocolOf(request)
  if (head.length > 0) socket.unshift(head)
  const place = [':scheme', 'https', ':authority', headers.host ?? '', ':path', url]
  return {
    requestFields: [':method', 'CONNECT', ':protocol', protocol, ...place, ...withoutUpgrade(fields)],
    stream: socket,
    connection: socket,
    localPort: (socket as Socket).localPort ?? 0,
    signal: signalOf(socket),
    respond([, status, ...given]) {
      if (!socket.writable) return
      if (isAccepted(status!)) {
        socket.write(
          writeHead({ start: 'HTTP/1.1 101 Switching Protocols', fields: ['connection', 'Upgrade', 'upgrade', protocol, ...given] }),
        )
        return
      }
      const start = `HTTP/1.1 ${status} ${STATUS_CODES[Number(status)] ?? ''}`
      socket.end(writeHead({ start, fields: ['connection', 'close', 'content-length', '0', ...given] }), () => socket.destroy())
    },
  }
}

/** What an upgrade asks for; empty if it is none that extended CONNECT has too: with a method other than GET. RFC 9298 section 3.2. */
export function protocolOf({ method, headers }: IncomingMessage): string {
  return method === 'GET' ? (headers.upgrade ?? '').toLowerCase() : ''
}

const isAccepted = (status: string): boolean => status.startsWith('2')

const UPGRADE_FIELDS: ReadonlySet<string> = new Set(['connection', 'upgrade', 'host'])

function withoutUpgrade(fields: FieldSection): FieldSection {
  return fields.filter((_, index) => !UPGRADE_FIELDS.has(fields[index - (index % 2)]!))
}

function signalOf(stream: Duplex): AbortSignal {
  const gone = new AbortController()
  stream.once('close', () => gone.abort())
  return gone.signal
}

/** The value of `:protocol`, if it is an extended CONNECT. */
export function extendedProtocol(section: FieldSection): string {
  return fieldValue(section, ':method') === 'CONNECT' ? (fieldValue(section, ':protocol') ?? '') : ''
}
