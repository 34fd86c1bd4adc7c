// Tunnels over HTTP/2 and 1.1, for networks on which the proxy cannot be reached by UDP. RFC 9298 sections 3.2 to 3.5.
import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2'
import { request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { FieldSection } from '../core/fields/field-section.ts'
import { asHeaders } from '../server/http2-exchange.ts'
import { HttpError } from '../session/error.ts'
import { DuplexTunnel } from './duplex-tunnel.ts'
import { checkTunnelResponse } from './tunnel-response.ts'

/** What is asked of a proxy. */
export interface TunnelWish {
  readonly authority: string
  /** Path and query, expanded. */
  readonly path: string
  /** Beside what every such request has. */
  readonly fields: FieldSection
  /** Of the connection to the proxy. */
  readonly tls: ConnectionOptions
  readonly signal: AbortSignal | undefined
}

/** A tunnel's stream, and what closes its connection. */
export interface OpenTunnel {
  readonly stream: DuplexTunnel
  close(): void
}

/** Rejects with ERR_HTTP3_TUNNEL where the proxy refuses, ERR_HTTP3_FIELDS where it knows no extended CONNECT, ERR_HTTP3_CLOSED where it cannot be reached. */
export async function tunnelOverHttp2({ authority, path, fields, tls, signal }: TunnelWish): Promise<OpenTunnel> {
  const session = connectHttp2(`https://${authority}`, tls)
  const broken = failureOf(session, signal)
  try {
    await Promise.race([once(session, 'remoteSettings'), broken])
    if (session.remoteSettings?.enableConnectProtocol !== true)
      throw new HttpError('The proxy knows no extended CONNECT (RFC 8441).', { code: 'ERR_HTTP3_FIELDS' })
    const request = { ':method': 'CONNECT', ':protocol': 'connect-udp', ':scheme': 'https', ':authority': authority, ':path': path }
    const stream = session.request({ ...request, 'capsule-protocol': '?1', ...asHeaders(fields) }, { endStream: false })
    const tunnel = new DuplexTunnel(stream)
    checkTunnelResponse(await Promise.race([responseOf(stream), broken]))
    signal?.addEventListener('abort', () => stream.destroy(signal.reason as Error), { once: true })
    return { stream: tunnel, close: () => session.close() }
  } catch (error) {
    session.destroy()
    throw error
  }
}

/** The same; HTTP/1.1 has an upgrade for it. RFC 9298 section 3.2. */
export async function tunnelOverHttp1({ authority, path, fields, tls, signal }: TunnelWish): Promise<OpenTunnel> {
  const { hostname, port } = new URL(`https://${authority}`)
  const upgrade = { connection: 'Upgrade', upgrade: 'connect-udp', 'capsule-protocol': '?1', host: authority }
  const connection: ConnectionOptions = { ...tls, ALPNProtocols: ['http/1.1'] }
  const request = requestHttps({
    ...connection,
    host: hostname.replaceAll(/^\[|\]$/g, ''),
    port: port === '' ? 443 : Number(port),
    path,
    headers: { ...upgrade, ...asHeaders(fields) },
    agent: false,
    ...(signal !== undefined && { signal }),
  })
  request.end()
  const [response, socket, head] = await new Promise<[IncomingMessage, Socket | null, Buffer]>((resolve, reject) => {
    request.on('upgrade', (incoming, connection, behind) => resolve([incoming, connection, behind]))
    request.on('response', (incoming) => resolve([incoming, null, Buffer.alloc(0)]))
    request.on('error', (cause) => reject(signal?.aborted === true ? signal.reason : unreachable(cause)))
  })
  try {
    checkTunnelResponse([':status', String(response.statusCode), ...lowered(response.rawHeaders)], (status) => status === '101')
    if (response.headers.upgrade?.toLowerCase() !== 'connect-udp' || socket === null)
      throw new HttpError('The proxy goes over to another protocol than connect-udp.', { code: 'ERR_HTTP3_TUNNEL' })
  } catch (error) {
    request.destroy()
    socket?.destroy()
    throw error
  }
  if (head.length > 0) socket.unshift(head)
  signal?.addEventListener('abort', () => socket.destroy(signal.reason as Error), { once: true })
  return { stream: new DuplexTunnel(socket), close: () => undefined }
}

/** Rejects when the session ends, or the signal aborts. */
function failureOf(session: ClientHttp2Session, signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => undefined)
  session.on('error', (cause) => reject(unreachable(cause))).on('close', () => reject(unreachable()))
  signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  return promise
}

/** Its field lines, `:status` first. A stream that is reset before says why by its error. */
async function responseOf(stream: ClientHttp2Stream): Promise<FieldSection> {
  const [headers, , lines] = (await Promise.race([once(stream, 'response'), once(stream, 'close').then(() => [])])) as [
    IncomingHttpHeaders?,
    number?,
    string[]?,
  ]
  if (headers === undefined)
    throw new HttpError('The proxy gave up the request.', { code: 'ERR_HTTP3_RESET', errorCode: stream.rstCode ?? 0 })
  return lines ?? Object.entries(headers).flatMap(([name, value]) => [name, String(value)])
}

function lowered(lines: readonly string[]): FieldSection {
  return lines.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text))
}

function unreachable(cause?: unknown): HttpError {
  const why = cause instanceof Error ? `: ${cause.message}` : ''
  return new HttpError(`The connection to the proxy is lost${why}.`, { code: 'ERR_HTTP3_CLOSED', cause })
}
