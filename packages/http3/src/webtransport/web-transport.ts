// WebTransport as browsers have it, so that their code runs here unchanged. W3C WebTransport, "Constructor".
import type { SessionOptions } from '@millrace/quic'
import { type FieldSection, fieldValue } from '../core/fields/field-section.ts'
import { parseItem, serializeString } from '../core/fields/structured-fields.ts'
import { FORMER_UPGRADE_TOKEN, UPGRADE_TOKEN } from '../core/webtransport/drafts.ts'
import { Http3Error } from '../core/wire/http3-error.ts'
import { type Anticipated, streamCount, transportOptions } from './anticipated-streams.ts'
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
  /** Streams that the server will have open at once, 0 to 65535: so many are allowed from the beginning, and never fewer than 128. Not on shared connections. Default null. */
  readonly anticipatedConcurrentIncomingUnidirectionalStreams?: number | null
  /** As for unidirectional ones. */
  readonly anticipatedConcurrentIncomingBidirectionalStreams?: number | null
  /** Whether datagrams that arrive are read as chunks of a byte stream, into memory of the reader's own (BYOB). Default: as chunks. */
  readonly datagramsReadableType?: 'bytes'
  /** Options of the transport: `ca` for instance. */
  readonly quic?: Partial<SessionOptions>
  /** Where shared connections are, with `allowPooling`. */
  readonly pool?: WebTransportPool
}

/** A field of requests in draft 2. */
const DRAFT_02_FIELD = 'sec-webtransport-http3-draft02'

const CONTROLLERS = { default: undefined, throughput: 'cubic', 'low-latency': 'bbr' } as const

/** A client's WebTransport session. */
export class WebTransport extends WebTransportSession {
  readonly #congestionControl: 'default' | 'throughput' | 'low-latency'
  #anticipated: Anticipated

  /** Sessions run over HTTP/3 alone: false. */
  static get supportsReliableOnly(): boolean {
    return false
  }

  /**
   * Begins to connect; await `ready`. Throws as browsers do: SyntaxError for a URL that is none, is not https or has a fragment, or for protocols that are
   * empty, too long or come twice; NotSupportedError for hashes with pooling; TypeError for options that are none, and for the header field by which protocols
   * are offered.
   */
  constructor(url: string | URL, options: WebTransportOptions = {}) {
    const { serverCertificateHashes: hashes = [], allowPooling = false, congestionControl = 'default', protocols = [] } = options
    super({ datagramsReadableType: readableType(options.datagramsReadableType), pooled: allowPooling })
    if (!Object.hasOwn(CONTROLLERS, congestionControl)) throw new TypeError(`congestionControl is ${String(congestionControl)}.`)
    this.#congestionControl = congestionControl
    this.#anticipated = {
      uni: streamCount(options.anticipatedConcurrentIncomingUnidirectionalStreams ?? null),
      bidi: streamCount(options.anticipatedConcurrentIncomingBidirectionalStreams ?? null),
    }
    const target = checkedUrl(url)
    if (allowPooling && hashes.length > 0) throw new DOMException('Certificate hashes cannot be used with pooling.', 'NotSupportedError')
    checkProtocols(protocols)
    const choice = { url: target, hashes, quic: transportOptions(CONTROLLERS[congestionControl], this.#anticipated, options.quic) }
    const pool = allowPooling ? (options.pool ?? null) : null
    void this.#connect(choice, pool, requestFields(target, protocols, options.headers), protocols)
  }

  /** As it was asked for: there is a controller for each. */
  get congestionControl(): 'default' | 'throughput' | 'low-latency' {
    return this.#congestionControl
  }

  /** How many such streams the server will have open at once, or null: what it is when the session is made decides. Throws TypeError beyond 0 to 65535. */
  get anticipatedConcurrentIncomingUnidirectionalStreams(): number | null {
    return this.#anticipated.uni
  }

  set anticipatedConcurrentIncomingUnidirectionalStreams(count: number | null) {
    this.#anticipated = { ...this.#anticipated, uni: streamCount(count) }
  }

  /** As for unidirectional ones. */
  get anticipatedConcurrentIncomingBidirectionalStreams(): number | null {
    return this.#anticipated.bidi
  }

  set anticipatedConcurrentIncomingBidirectionalStreams(count: number | null) {
    this.#anticipated = { ...this.#anticipated, bidi: streamCount(count) }
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
    const stream = await hub.h3.request(hub.isNewest ? asNewest(fields) : fields)
    const sessionId = Number(stream.id)
    const received = (payload: Uint8Array): void => this.datagrams.received(payload)
    stream.ondatagram = received
    if (hub.isNewest) this.limited(hub.terms, stream)
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
      stream.destroy(error instanceof Http3Error ? error.code : 'H3_REQUEST_CANCELLED')
      throw error
    }
  }
}

function readableType(type: 'bytes' | undefined): 'bytes' | undefined {
  if (type !== undefined && type !== 'bytes') throw new TypeError(`datagramsReadableType is ${String(type)}; it may be bytes.`)
  return type
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
    FORMER_UPGRADE_TOKEN,
    ':scheme',
    'https',
    ':authority',
    url.host,
    ':path',
    url.pathname + url.search,
  ]
  fields.push(DRAFT_02_FIELD, '1')
  if (protocols.length > 0) fields.push('wt-available-protocols', protocols.map((protocol) => serializeString(protocol)!).join(', '))
  for (const [name, value] of new Headers(headers)) {
    if (name === 'wt-available-protocols') throw new TypeError('Protocols are offered by the option for them.')
    fields.push(name, value)
  }
  return fields
}

/** The same request as the newest draft has it. Section 3.2. */
function asNewest(fields: FieldSection): FieldSection {
  return fields.flatMap((name, at) => {
    if (at % 2 === 1 || name === DRAFT_02_FIELD) return []
    return [name, name === ':protocol' ? UPGRADE_TOKEN : fields[at + 1]!]
  })
}

/** Empty where the server named none, or what is no string. A protocol that was not offered is WT_ALPN_ERROR. draft-ietf-webtrans-http3 section 3.3. */
function agreedProtocol(response: FieldSection, protocols: readonly string[]): string {
  const field = fieldValue(response, 'wt-protocol')
  const value = field === undefined ? undefined : parseItem(field)?.value
  if (typeof value !== 'string') return ''
  if (protocols.includes(value)) return value
  throw new Http3Error('WT_ALPN_ERROR', `the server chose the protocol ${JSON.stringify(value)}, which was not offered`, 'stream')
}

function headersOf(response: FieldSection): Headers {
  const headers = new Headers()
  for (let at = 0; at < response.length; at += 2) {
    const name = response[at]!
    if (!name.startsWith(':') && name !== 'wt-protocol') headers.append(name, response[at + 1]!)
  }
  return headers
}
