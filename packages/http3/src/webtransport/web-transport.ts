// WebTransport as browsers have it, so that their code runs here unchanged. W3C WebTransport, "Constructor".
import type { SessionOptions } from '@millrace/quic'
import { type FieldSection, fieldValue } from '../core/fields/field-section.ts'
import { parseItem, serializeString } from '../core/fields/structured-fields.ts'
import type { WebTransportHash } from './certificate-hashes.ts'
import { type ConnectionChoice, openConnection, type WebTransportPool } from './connection-pool.ts'
import { sessionError } from './error.ts'
import { WebTransportSession } from './session.ts'
import type { SessionHub } from './session-hub.ts'

/** Options as in browsers; `quic` and `pool` are Millrace's own. */
export interface WebTransportOptions {
  /** Whether sessions of one origin may share a connection: those that are given the same `pool` do. Default false. */
  readonly allowPooling?: boolean
  /** Datagrams must be possible: they always are. Default false. */
  readonly requireUnreliable?: boolean
  /** SHA-256 of certificates to trust, whoever signed them: on P-256, and valid for 14 days at most. Not with `allowPooling`. Default: none. */
  readonly serverCertificateHashes?: readonly WebTransportHash[]
  /** A hint: `throughput` takes CUBIC, `low-latency` BBR. Default `default`. */
  readonly congestionControl?: 'default' | 'throughput' | 'low-latency'
  /** Application protocols, the preferred one first. Default: none. */
  readonly protocols?: readonly string[]
  /** Fields to add to the request. */
  readonly headers?: ConstructorParameters<typeof Headers>[0]
  /** Hints, which have no effect: 100 streams of a kind are allowed at least. */
  readonly anticipatedConcurrentIncomingUnidirectionalStreams?: number | null
  /** As for unidirectional ones. */
  readonly anticipatedConcurrentIncomingBidirectionalStreams?: number | null
  /** Options of the transport: `ca` for instance. */
  readonly quic?: Partial<SessionOptions>
  /** Where shared connections are, with `allowPooling`. */
  readonly pool?: WebTransportPool
}

const CONTROLLERS = { default: undefined, throughput: 'cubic', 'low-latency': 'bbr' } as const

/** A client's WebTransport session. */
export class WebTransport extends WebTransportSession {
  /** Sessions run over HTTP/3 alone. */
  static readonly supportsReliableOnly: boolean = false
  /** As it was asked for. */
  readonly congestionControl: 'default' | 'throughput' | 'low-latency'

  /**
   * Begins to connect; await `ready`. Throws as browsers do: SyntaxError for a URL that is none, is not https or has a fragment, or for protocols that are
   * empty, too long or come twice; NotSupportedError for hashes with pooling.
   */
  constructor(url: string | URL, options: WebTransportOptions = {}) {
    super()
    const { serverCertificateHashes: hashes = [], allowPooling = false, congestionControl = 'default', protocols = [] } = options
    const target = checkedUrl(url)
    checkProtocols(protocols)
    if (allowPooling && hashes.length > 0) throw new DOMException('Certificate hashes cannot be used with pooling.', 'NotSupportedError')
    this.congestionControl = congestionControl
    const congestion = CONTROLLERS[congestionControl]
    const choice = { url: target, hashes, quic: { ...(congestion !== undefined && { congestion }), ...options.quic } }
    const pool = allowPooling ? (options.pool ?? null) : null
    void this.#connect(choice, pool, requestFields(target, protocols, options.headers), protocols)
  }

  async #connect(
    choice: ConnectionChoice,
    pool: WebTransportPool | null,
    fields: FieldSection,
    protocols: readonly string[],
  ): Promise<void> {
    let hub: SessionHub | null = null
    try {
      hub = pool === null ? await openConnection(choice) : await pool.hub(choice)
      await this.#establish(hub, fields, protocols)
    } catch (error) {
      this.failed(error instanceof DOMException ? error : sessionError(error instanceof Error ? error.message : 'No session.'))
    }
    if (hub === null || pool !== null) return
    const { h3 } = hub
    const done = (): void => void h3.shutdown().catch(() => undefined)
    this.closed.then(done, done)
  }

  async #establish(hub: SessionHub, fields: FieldSection, protocols: readonly string[]): Promise<void> {
    const stream = await hub.h3.request(fields)
    const sessionId = Number(stream.id)
    stream.ondatagram = (payload) => this.datagrams.received(payload)
    // Streams of the server's may come before its answer.
    hub.add(sessionId, this)
    try {
      const response = await stream.response()
      const status = Number(fieldValue(response, ':status'))
      if (status < 200 || status > 299) throw sessionError(`The server answers ${status}.`)
      const protocol = agreedProtocol(response, protocols)
      this.begin({ hub, stream }, { protocol, headers: headersOf(response) })
    } catch (error) {
      hub.remove(sessionId)
      stream.destroy('H3_REQUEST_CANCELLED')
      throw error
    }
  }
}

function checkedUrl(url: string | URL): URL {
  const target = URL.parse(url)
  if (target === null) throw new DOMException(`${url} is no URL.`, 'SyntaxError')
  if (target.protocol !== 'https:') throw new DOMException(`${target.protocol} is not https.`, 'SyntaxError')
  if (target.hash !== '' || target.href.endsWith('#')) throw new DOMException('The URL has a fragment.', 'SyntaxError')
  return target
}

/** W3C WebTransport, constructor: 512 characters of ASCII at most, each once. */
function checkProtocols(protocols: readonly string[]): void {
  for (const protocol of protocols) {
    if (protocol.length === 0 || protocol.length > 512 || serializeString(protocol) === null) {
      throw new DOMException(`${JSON.stringify(protocol)} is no protocol.`, 'SyntaxError')
    }
  }
  if (new Set(protocols).size < protocols.length) throw new DOMException('A protocol comes twice.', 'SyntaxError')
}

function requestFields(url: URL, protocols: readonly string[], headers: WebTransportOptions['headers']): FieldSection {
  const fields = [
    ':method',
    'CONNECT',
    ':protocol',
    'webtransport',
    ':scheme',
    'https',
    ':authority',
    url.host,
    ':path',
    url.pathname + url.search,
  ]
  fields.push('sec-webtransport-http3-draft02', '1')
  if (protocols.length > 0) fields.push('wt-available-protocols', protocols.map((protocol) => serializeString(protocol)!).join(', '))
  for (const [name, value] of new Headers(headers)) fields.push(name, value)
  return fields
}

/** Empty where the server named none, or what is no string. A protocol that was not offered is WT_ALPN_ERROR. draft-ietf-webtrans-http3 section 3.3. */
function agreedProtocol(response: FieldSection, protocols: readonly string[]): string {
  const field = fieldValue(response, 'wt-protocol')
  const value = field === undefined ? undefined : parseItem(field)?.value
  if (typeof value !== 'string') return ''
  if (!protocols.includes(value)) throw sessionError(`The server chose the protocol ${JSON.stringify(value)}, which was not offered.`)
  return value
}

function headersOf(response: FieldSection): Headers {
  const headers = new Headers()
  for (let at = 0; at < response.length; at += 2) if (!response[at]!.startsWith(':')) headers.append(response[at]!, response[at + 1]!)
  return headers
}
