// A UDP proxy: tunnels from HTTP/3 clients to UDP targets. RFC 9298.
import { type Clock, systemClock } from '../client/clock.ts'
import { type FieldSection, fieldValue } from '../core/fields/field-section.ts'
import type { UdpTarget } from '../core/masque/udp-target.ts'
import { DEFAULT_TEMPLATE, matchTemplate, parseTemplate, type UriTemplate } from '../core/masque/uri-template.ts'
import { HttpError } from '../session/error.ts'
import type { Http3Session } from '../session/http3-session.ts'
import type { Http3Stream } from '../session/http3-stream.ts'
import { integer } from '../session/options.ts'
import { IDLE_TIMEOUT_MILLIS, MAX_SESSION_TUNNELS, MAX_TUNNELS, RESOLVE_TIMEOUT_MILLIS } from './limits.ts'
import { ProxyError } from './proxy-status.ts'
import { openSocket, ProxyTunnel } from './proxy-tunnel.ts'
import { isPublic, OwnAddresses } from './public-address.ts'
import { type HostAddress, hostAddress, type NameResolver, resolveByDns, resolveTarget } from './resolve-target.ts'
import { UdpFlow } from './udp-flow.ts'

/** Who may have a tunnel, where to, and how many. */
export interface ConnectUdpProxyOptions {
  /**
   * Whether this client may be led to this target, before its name is looked up; the request's fields say who asks. There is no default: a proxy that is open
   * to all is everybody's weapon. RFC 9298 section 7.
   */
  readonly allow: (target: UdpTarget, fields: FieldSection) => boolean | Promise<boolean>
  /**
   * Whether targets may be other than public hosts: loopback, private, link-local, multicast or documentation addresses, or this machine's own; or which of
   * them, by the literal address that the tunnel would lead to. The proxy's own port is refused in any case. Default false.
   */
  readonly allowPrivateAddresses?: boolean | ((address: string) => boolean)
  /** Path and query of the requests that are taken, as a URI template of `{target_host}` and `{target_port}`. Default `/.well-known/masque/udp/{target_host}/{target_port}/`. RFC 9298 section 2. */
  readonly template?: string
  /** Literal addresses that lead to this machine though none of its interfaces has them, as behind a NAT. Default: none. */
  readonly ownAddresses?: readonly string[]
  /** Finds the addresses of names. Default: asks the system's DNS servers; files of hosts are not read. */
  readonly resolve?: NameResolver
  /** Milliseconds that `resolve` may take: 1 to 600000, default 5000. */
  readonly resolveTimeout?: number
  /** Tunnels at once of one session: 1 to 65535, default 64. */
  readonly maxSessionTunnels?: number
  /** Tunnels at once of all sessions: 1 to 65535, default 512. Each is a socket. */
  readonly maxTunnels?: number
  /** Milliseconds without a datagram after which a tunnel is closed: 0 (never) to 2147483647, default 300000; 120000 is the least that is advised. RFC 9298 section 3.1. */
  readonly idleTimeout?: number
  /** The clock of `idleTimeout`. Default: the machine's. */
  readonly clock?: Clock
}

/**
 * Makes a UDP proxy. The function that is returned is to be given every request, of any number of sessions (with `enableConnectProtocol` and
 * `enableDatagrams`); it says whether it was one for a tunnel, and answers it then. For a server: `server.takeProtocol('connect-udp', connectUdpProxy({ allow }))`.
 * Throws ERR_HTTP3_OPTION.
 */
export function connectUdpProxy(options: ConnectUdpProxyOptions): (stream: Http3Stream) => boolean {
  const proxy = new UdpProxy(options)
  return (stream) => {
    if (fieldValue(stream.requestFields, ':method') !== 'CONNECT' || fieldValue(stream.requestFields, ':protocol') !== 'connect-udp')
      return false
    void proxy.serve(stream)
    return true
  }
}

class UdpProxy {
  readonly #template: UriTemplate
  readonly #allow: ConnectUdpProxyOptions['allow']
  readonly #allowPrivate: (address: string) => boolean
  readonly #resolve: NameResolver
  readonly #own: OwnAddresses
  readonly #clock: Clock
  readonly #resolveTimeout: number
  readonly #maxSessionTunnels: number
  readonly #maxTunnels: number
  readonly #idleTimeout: number
  readonly #ofSession = new WeakMap<Http3Session, number>()
  #tunnels = 0

  constructor(options: ConnectUdpProxyOptions) {
    const template = parseTemplate(options.template ?? DEFAULT_TEMPLATE)
    if (template === null)
      throw wrong('template', 'is no path with {target_host} and {target_port}, each once and apart (RFC 9298 section 2)')
    this.#template = template
    if (typeof options.allow !== 'function') throw wrong('allow', 'is missing: say who may be led where')
    this.#allow = options.allow
    const { allowPrivateAddresses = false } = options
    this.#allowPrivate = typeof allowPrivateAddresses === 'function' ? allowPrivateAddresses : () => allowPrivateAddresses
    this.#resolve = options.resolve ?? resolveByDns
    this.#own = new OwnAddresses((options.ownAddresses ?? []).map(literal))
    this.#clock = options.clock ?? systemClock
    this.#resolveTimeout = integer('resolveTimeout', options.resolveTimeout, 1, 600_000, RESOLVE_TIMEOUT_MILLIS)
    this.#maxSessionTunnels = integer('maxSessionTunnels', options.maxSessionTunnels, 1, 65_535, MAX_SESSION_TUNNELS)
    this.#maxTunnels = integer('maxTunnels', options.maxTunnels, 1, 65_535, MAX_TUNNELS)
    this.#idleTimeout = integer('idleTimeout', options.idleTimeout, 0, 2 ** 31 - 1, IDLE_TIMEOUT_MILLIS)
  }

  /** Resolves when the request has ended. */
  async serve(stream: Http3Stream): Promise<void> {
    const { session } = stream
    const ofSession = this.#ofSession.get(session) ?? 0
    this.#count(session, 1)
    try {
      if (ofSession >= this.#maxSessionTunnels || this.#tunnels > this.#maxTunnels)
        throw new ProxyError('connection_limit_reached', 'there are too many tunnels')
      await this.#tunnel(stream)
    } catch (error) {
      refuse(stream, error)
    } finally {
      this.#count(session, -1)
    }
  }

  async #tunnel(stream: Http3Stream): Promise<void> {
    const target = this.#target(stream.requestFields)
    if (target === null) {
      answer(stream, [':status', '404'])
      return
    }
    const flow = new UdpFlow(stream)
    if (!(await this.#allow(target, stream.requestFields))) throw new ProxyError('http_request_denied', 'the target is not allowed')
    // How datagrams go is known from the client's SETTINGS alone.
    await stream.session.settings
    const signal = AbortSignal.any([stream.signal, AbortSignal.timeout(this.#resolveTimeout)])
    const addresses = await resolveTarget(target.host, this.#resolve, signal)
    const address = this.#choose(addresses, target.port, stream.session)
    const socket = await openSocket(address, target.port)
    try {
      stream.signal.throwIfAborted()
      stream.respond([':status', '200', 'capsule-protocol', '?1'])
    } catch (error) {
      socket.close()
      throw error
    }
    await new ProxyTunnel({ flow, socket, family: address.family, clock: this.#clock, idleTimeout: this.#idleTimeout }).closed
  }

  /** Null for a path that is not the proxy's. Throws for one that holds no target, and for a request with content. RFC 9297 section 3.2. */
  #target(fields: FieldSection): UdpTarget | null {
    const target = matchTemplate(this.#template, fieldValue(fields, ':path') ?? '')
    if (target === 'none') return null
    if (target === 'wrong') throw new ProxyError('http_request_error', 'target_host or target_port is none')
    if (CONTENT_FIELDS.some((name) => fieldValue(fields, name) !== undefined)) {
      throw new ProxyError('http_request_error', 'a tunnel has no content')
    }
    return target
  }

  /** The first address that may be: what was looked at is what is connected to, whatever the name leads to later. */
  #choose(addresses: readonly HostAddress[], port: number, session: Http3Session): HostAddress {
    let loops = false
    for (const candidate of addresses) {
      const { address, family } = candidate
      const own = this.#own.includes(address, family)
      if (own && port === session.quic.path.local.port) loops = true
      else if ((!own && isPublic(address, family)) || this.#allowPrivate(address)) return candidate
    }
    if (loops) throw new ProxyError('proxy_loop_detected', 'the target is the proxy')
    throw new ProxyError('destination_ip_prohibited', 'the address is not allowed')
  }

  #count(session: Http3Session, change: 1 | -1): void {
    this.#tunnels += change
    this.#ofSession.set(session, (this.#ofSession.get(session) ?? 0) + change)
  }
}

/** What a message that starts the capsule protocol must not have. RFC 9297 section 3.2. */
const CONTENT_FIELDS = ['content-length', 'content-type', 'transfer-encoding'] as const

/** Whatever is thrown that is no reason to refuse is the proxy's own fault, or tells that the client has gone. */
function refuse(stream: Http3Stream, error: unknown): void {
  if (stream.signal.aborted) return
  const reason = error instanceof ProxyError ? error : new ProxyError('proxy_internal_error', 'the proxy failed')
  answer(stream, reason.fields)
  if (reason !== error && !(error instanceof HttpError)) throw error
}

function answer(stream: Http3Stream, fields: FieldSection): void {
  stream.ondatagram = undefined
  try {
    stream.respond(fields, { endStream: true })
    stream.stopSending('H3_NO_ERROR')
  } catch (error) {
    // The client gave it up, or a datagram of its ended it.
    if (!(error instanceof HttpError)) throw error
  }
}

function literal(text: string): HostAddress {
  const address = hostAddress(text)
  if (address === null) throw wrong('ownAddresses', `has ${JSON.stringify(text)}, which is no literal address`)
  return address
}

function wrong(name: string, what: string): HttpError {
  return new HttpError(`Option ${name} ${what}.`, { code: 'ERR_HTTP3_OPTION' })
}
