// A UDP proxy: tunnels from HTTP clients to UDP targets. RFC 9298.
import { type Clock, systemClock } from '../client/clock.ts'
import { type FieldSection, fieldValue } from '../core/fields/field-section.ts'
import type { UdpTarget } from '../core/masque/udp-target.ts'
import { DEFAULT_TEMPLATE, matchTemplate, parseTemplate, type UriTemplate } from '../core/masque/uri-template.ts'
import type { ProtocolRequest } from '../server/protocol-request.ts'
import { HttpError } from '../session/error.ts'
import type { Http3Stream } from '../session/http3-stream.ts'
import { integer } from '../session/options.ts'
import { IDLE_TIMEOUT_MILLIS, MAX_SESSION_TUNNELS, MAX_TUNNELS, RESOLVE_TIMEOUT_MILLIS } from './limits.ts'
import { ProxyError } from './proxy-status.ts'
import { openSocket, ProxyTunnel } from './proxy-tunnel.ts'
import { isPublic, OwnAddresses } from './public-address.ts'
import { type HostAddress, hostAddress, type NameResolver, resolveByDns, resolveTarget } from './resolve-target.ts'
import { overHttp3, overTcp, type TunnelRequest } from './tunnel-request.ts'
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
  /** Tunnels at once of one connection: 1 to 65535, default 64. */
  readonly maxSessionTunnels?: number
  /** Tunnels at once of all connections: 1 to 65535, default 512. Each is a socket. */
  readonly maxTunnels?: number
  /** Milliseconds without a datagram after which a tunnel is closed: 0 (never) to 2147483647, default 300000; 120000 is the least that is advised. RFC 9298 section 3.1. */
  readonly idleTimeout?: number
  /** The clock of `idleTimeout`. Default: the machine's. */
  readonly clock?: Clock
}

/** Takes the requests that are for a UDP proxy. Made by `connectUdpProxy`. */
export interface ConnectUdpProxy {
  /** Over HTTP/3: says whether the request was one for a tunnel, and answers it then. */
  (stream: Http3Stream): boolean
  /** The same over HTTP/2 and 1.1, where capsules carry all. For `HttpServer.takeProtocol`. */
  readonly overTcp: (request: ProtocolRequest) => void
}

/**
 * Makes a UDP proxy. For a server: `server.takeProtocol('connect-udp', connectUdpProxy({ allow }))`. The function that is returned may as well be given every
 * request of any number of HTTP/3 sessions (with `enableConnectProtocol` and `enableDatagrams`). Throws ERR_HTTP3_OPTION.
 */
export function connectUdpProxy(options: ConnectUdpProxyOptions): ConnectUdpProxy {
  const proxy = new UdpProxy(options)
  const take = (stream: Http3Stream): boolean => {
    if (fieldValue(stream.requestFields, ':method') !== 'CONNECT' || fieldValue(stream.requestFields, ':protocol') !== 'connect-udp')
      return false
    void proxy.serve(overHttp3(stream))
    return true
  }
  return Object.assign(take, { overTcp: (request: ProtocolRequest) => void proxy.serve(overTcp(request)) })
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
  readonly #ofConnection = new WeakMap<object, number>()
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
  async serve(request: TunnelRequest): Promise<void> {
    const { connection } = request
    const ofConnection = this.#ofConnection.get(connection) ?? 0
    this.#count(connection, 1)
    try {
      if (ofConnection >= this.#maxSessionTunnels || this.#tunnels > this.#maxTunnels)
        throw new ProxyError('connection_limit_reached', 'there are too many tunnels')
      await this.#tunnel(request)
    } catch (error) {
      refuse(request, error)
    } finally {
      this.#count(connection, -1)
    }
  }

  async #tunnel(request: TunnelRequest): Promise<void> {
    const { fields, stream, signal: gone } = request
    const target = this.#target(fields)
    if (target === null) {
      answer(request, [':status', '404'])
      return
    }
    const flow = new UdpFlow(stream)
    if (!(await this.#allow(target, fields))) throw new ProxyError('http_request_denied', 'the target is not allowed')
    await request.ready
    const signal = AbortSignal.any([gone, AbortSignal.timeout(this.#resolveTimeout)])
    const addresses = await resolveTarget(target.host, this.#resolve, signal)
    const address = this.#choose(addresses, target.port, request.localPort)
    const socket = await openSocket(address, target.port)
    try {
      gone.throwIfAborted()
      request.accept([':status', '200', 'capsule-protocol', '?1'])
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
  #choose(addresses: readonly HostAddress[], port: number, localPort: number): HostAddress {
    let loops = false
    for (const candidate of addresses) {
      const { address, family } = candidate
      const own = this.#own.includes(address, family)
      if (own && port === localPort) loops = true
      else if ((!own && isPublic(address, family)) || this.#allowPrivate(address)) return candidate
    }
    if (loops) throw new ProxyError('proxy_loop_detected', 'the target is the proxy')
    throw new ProxyError('destination_ip_prohibited', 'the address is not allowed')
  }

  #count(connection: object, change: 1 | -1): void {
    this.#tunnels += change
    this.#ofConnection.set(connection, (this.#ofConnection.get(connection) ?? 0) + change)
  }
}

/** What a message that starts the capsule protocol must not have. RFC 9297 section 3.2. */
const CONTENT_FIELDS = ['content-length', 'content-type', 'transfer-encoding'] as const

/** Whatever is thrown that is no reason to refuse is the proxy's own fault, or tells that the client has gone. */
function refuse(request: TunnelRequest, error: unknown): void {
  if (request.signal.aborted) return
  const reason = error instanceof ProxyError ? error : new ProxyError('proxy_internal_error', 'the proxy failed')
  answer(request, reason.fields)
  if (reason !== error && !(error instanceof HttpError)) throw error
}

function answer(request: TunnelRequest, fields: FieldSection): void {
  try {
    request.refuse(fields)
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
