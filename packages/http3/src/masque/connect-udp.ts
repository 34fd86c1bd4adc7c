// Clients of UDP proxies. RFC 9298 sections 2 and 3.
import type { ConnectionOptions } from 'node:tls'
import { connect, type SessionOptions } from '@millrace/quic'
import type { FieldSection } from '../core/fields/field-section.ts'
import { parseUdpTarget, type UdpTarget, udpTarget } from '../core/masque/udp-target.ts'
import { DEFAULT_TEMPLATE, expandTemplate, parseTemplate } from '../core/masque/uri-template.ts'
import { HttpError } from '../session/error.ts'
import { Http3Session } from '../session/http3-session.ts'
import { type TunnelWish, tunnelOverHttp1, tunnelOverHttp2 } from './connect-over-tcp.ts'
import { checkTunnelResponse } from './tunnel-response.ts'
import { UdpFlow } from './udp-flow.ts'
import { UdpTunnel } from './udp-tunnel.ts'

/** Options of `connectUdp`. */
export interface ConnectUdpOptions {
  /** On a session: path and query of the proxy's URI template. Default `/.well-known/masque/udp/{target_host}/{target_port}/`. */
  readonly template?: string
  /** On a session: the proxy's authority. Default: the name that its certificate was asked for. */
  readonly authority?: string
  /** More fields of the request: `proxy-authorization` for instance. Default: none. */
  readonly fields?: FieldSection
  /** Without a session: the version of HTTP by which the proxy is asked. `h2` and `http/1.1` go over TCP, where capsules carry all. Default `h3`. */
  readonly protocol?: 'h3' | 'h2' | 'http/1.1'
  /** Without a session, over TCP: options of the connection to the proxy as node:tls has them, `ca` for instance. */
  readonly tls?: ConnectionOptions
  /** Without a session, over HTTP/3: options of the connection to the proxy, `ca` for instance. */
  readonly quic?: Partial<SessionOptions>
  /** Without a session: whether HTTP datagrams are used; capsules are otherwise. Default true. RFC 9297. */
  readonly datagrams?: boolean
  /** Gives up, or ends the tunnel. */
  readonly signal?: AbortSignal
}

/**
 * Opens a tunnel to a UDP target through a proxy: an HTTP/3 session, or where one is to be had, as an https URL (`https://proxy.example`, for the default
 * template) or a URI template (`https://proxy.example/udp{?target_host,target_port}`). A session of its own is closed with the tunnel. `target` is
 * `host:port`, or both apart; names are resolved by the proxy. Resolves once the proxy has agreed. Rejects with HttpError: ERR_HTTP3_OPTION;
 * ERR_HTTP3_TUNNEL where the proxy refuses; ERR_HTTP3_FIELDS where it knows no extended CONNECT; or with the signal's reason.
 */
export async function connectUdp(
  proxy: Http3Session | string | URL,
  target: string | UdpTarget,
  options: ConnectUdpOptions = {},
): Promise<UdpTunnel> {
  const checked = typeof target === 'string' ? parseUdpTarget(target) : udpTarget(target.host, String(target.port))
  if (checked === null) throw wrong(`The target ${JSON.stringify(target)} is no host and port from 1 to 65535.`)
  options.signal?.throwIfAborted()
  if (proxy instanceof Http3Session) return openTunnel(proxy, checked, placeOnSession(proxy, options), options)
  const place = placeOf(String(proxy))
  const { protocol = 'h3' } = options
  if (!PROTOCOLS.includes(protocol)) throw wrong(`Option protocol is ${JSON.stringify(protocol)}; it may be ${PROTOCOLS.join(', ')}.`)
  if (protocol !== 'h3') return openOverTcp(protocol, checked, place, options)
  const session = await openSession(place.authority, options)
  try {
    const tunnel = await openTunnel(session, checked, place, options)
    const done = (): void => void session.shutdown().catch(() => {})
    tunnel.closed.then(done, done)
    return tunnel
  } catch (error) {
    session.destroy()
    throw error
  }
}

const PROTOCOLS = ['h3', 'h2', 'http/1.1'] as const

/** Where requests go. */
interface ProxyPlace {
  readonly authority: string
  /** Path and query. */
  readonly template: string
}

async function openTunnel(session: Http3Session, target: UdpTarget, place: ProxyPlace, options: ConnectUdpOptions): Promise<UdpTunnel> {
  const { signal, fields = [] } = options
  const request = requestFields(place.authority, pathOf(place, target))
  const stream = await session.request([...request, ...fields], signal === undefined ? {} : { signal })
  const flow = new UdpFlow(stream)
  const response = await stream.response()
  try {
    checkTunnelResponse(response)
  } catch (error) {
    stream.destroy('H3_REQUEST_CANCELLED')
    throw error
  }
  return new UdpTunnel(target, flow)
}

async function openOverTcp(
  protocol: 'h2' | 'http/1.1',
  target: UdpTarget,
  place: ProxyPlace,
  { fields = [], tls = {}, signal }: ConnectUdpOptions,
): Promise<UdpTunnel> {
  const wish: TunnelWish = { authority: place.authority, path: pathOf(place, target), fields, tls, signal }
  const { stream, close } = await (protocol === 'h2' ? tunnelOverHttp2(wish) : tunnelOverHttp1(wish))
  const tunnel = new UdpTunnel(target, new UdpFlow(stream))
  tunnel.closed.then(close, close)
  return tunnel
}

/** Throws ERR_HTTP3_OPTION for what is no template. */
function pathOf({ template }: ProxyPlace, target: UdpTarget): string {
  const parsed = parseTemplate(template)
  if (parsed === null) throw wrong(`${JSON.stringify(template)} is no URI template for UDP proxies (RFC 9298 section 2).`)
  return expandTemplate(parsed, target)
}

function requestFields(authority: string, path: string): FieldSection {
  return [
    ...[':method', 'CONNECT', ':protocol', 'connect-udp', ':scheme', 'https', ':authority', authority, ':path', path],
    ...['capsule-protocol', '?1'],
  ]
}

async function openSession(authority: string, { quic: transport, datagrams = true, signal }: ConnectUdpOptions): Promise<Http3Session> {
  const { hostname, port } = new URL(`https://${authority}`)
  const quic = await connect(`${hostname}:${port === '' ? 443 : port}`, {
    servername: hostname.replaceAll(/^\[|\]$/g, ''),
    ...transport,
    alpn: 'h3',
    ...(signal !== undefined && { signal }),
  })
  return Http3Session.client(quic, { enableDatagrams: datagrams })
}

function placeOnSession(session: Http3Session, { authority, template = DEFAULT_TEMPLATE }: ConnectUdpOptions): ProxyPlace {
  const known = authority ?? session.quic.servername
  if (known === undefined || known === '') throw wrong('The session has no name for the proxy: option authority is needed.')
  return { authority: known, template }
}

/** Splits a URL, or an absolute template. */
function placeOf(proxy: string): ProxyPlace {
  const [, authority = '', rest = ''] = /^https:\/\/([^/?#{}@]+)(.*)$/.exec(proxy) ?? []
  if (!URL.canParse(`https://${authority}`)) throw wrong(`${JSON.stringify(proxy)} is no https URL of a proxy.`)
  return { authority, template: rest === '' || rest === '/' ? DEFAULT_TEMPLATE : rest }
}

function wrong(message: string): HttpError {
  return new HttpError(message, { code: 'ERR_HTTP3_OPTION' })
}
