// A proxy for UDP over HTTP/3: CONNECT-UDP. RFC 9298.
import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { isIP, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { type FieldSection, fieldValue } from '../core/fields/field-section.ts'
import type { Http3Stream } from '../session/http3-stream.ts'
import { isPublic } from './address-policy.ts'
import { IDLE_TIMEOUT_MILLIS, MAX_ADDRESSES, MAX_TUNNELS } from './limits.ts'
import { parseTarget, type UdpTarget } from './target.ts'
import { UdpChannel } from './udp-channel.ts'

/** Who may have a tunnel, and where to. */
export interface ConnectUdpOptions {
  /** Whether this client may be led to this target; the request's fields say who asks. There is no default: a proxy that is open to all is everybody's weapon. */
  readonly allow: (target: UdpTarget, fields: FieldSection) => boolean | Promise<boolean>
  /** Whether targets may be in this network, or on this machine itself: then a proxy can lead to itself, and others past its firewall. Default false. */
  readonly allowPrivateAddresses?: boolean
  /** Tunnels at once, 1 and more; default 256. */
  readonly maxTunnels?: number
  /** Milliseconds without a datagram after which a tunnel is closed: 1 to 2147483647, default 120000. */
  readonly idleTimeout?: number
}

/** A refusal: a status, and the reason in the words of RFC 9209 section 2.3. */
class Refusal extends Error {
  readonly status: number
  readonly error: string

  constructor(status: number, error: string) {
    super(error)
    this.status = status
    this.error = error
  }
}

/** Takes the requests of one server: `server.takeProtocol('connect-udp', connectUdpProxy({ allow }))`. */
export function connectUdpProxy(options: ConnectUdpOptions): (stream: Http3Stream) => void {
  const { maxTunnels = MAX_TUNNELS } = options
  if (typeof options.allow !== 'function') throw new TypeError('Option allow is missing: say who may be led where.')
  let tunnels = 0
  return (stream) => {
    if (tunnels >= maxTunnels) {
      refuse(stream, new Refusal(503, 'connection_limit_reached'))
      return
    }
    tunnels++
    const ended = (): void => {
      tunnels--
    }
    stream.closed.then(ended, ended)
    void serve(stream, options)
  }
}

async function serve(stream: Http3Stream, options: ConnectUdpOptions): Promise<void> {
  try {
    const socket = await socketFor(stream, options)
    if (stream.signal.aborted) socket.close()
    else relay(stream, socket, options.idleTimeout ?? IDLE_TIMEOUT_MILLIS)
  } catch (error) {
    if (stream.signal.aborted) return
    if (error instanceof Refusal) refuse(stream, error)
    else {
      stream.destroy('H3_INTERNAL_ERROR')
      throw error
    }
  }
}

async function socketFor(stream: Http3Stream, { allow, allowPrivateAddresses = false }: ConnectUdpOptions): Promise<Socket> {
  const target = parseTarget(fieldValue(stream.requestFields, ':path') ?? '')
  if (target === null) throw new Refusal(400, 'http_request_error')
  if (!(await allow(target, stream.requestFields))) throw new Refusal(403, 'http_request_denied')
  return await connected(await resolved(target, allowPrivateAddresses), target.port)
}

/** Looked up once, and what was looked at is what is connected to: a name that changes in between leads nowhere else. */
async function resolved({ host }: UdpTarget, allowPrivateAddresses: boolean): Promise<string> {
  const found = isIP(host) === 0 ? await lookup(host, { all: true }).catch(() => []) : [{ address: host }]
  if (found.length === 0) throw new Refusal(502, 'dns_error')
  const own = Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address))
  const good = found.slice(0, MAX_ADDRESSES).find(({ address }) => allowPrivateAddresses || isPublic(address, own))
  if (good === undefined) throw new Refusal(403, 'destination_ip_prohibited')
  return good.address
}

/** Connected, so that the system hands over what this target alone sends. RFC 9298 section 3.1. */
async function connected(address: string, port: number): Promise<Socket> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.once('error', reject)
  socket.connect(port, address, () => resolve())
  try {
    await promise
    socket.removeAllListeners('error')
    return socket
  } catch {
    socket.close()
    throw new Refusal(502, 'destination_ip_unroutable')
  }
}

function relay(stream: Http3Stream, socket: Socket, idleTimeout: number): void {
  stream.respond([':status', '200', 'capsule-protocol', '?1'])
  const idle = setTimeout(() => stream.destroy('H3_NO_ERROR'), idleTimeout)
  const channel = new UdpChannel(stream, (payload) => {
    idle.refresh()
    // Copied: what is lent is gone when the socket comes to it.
    socket.send(new Uint8Array(payload))
  })
  socket.on('message', (payload) => {
    idle.refresh()
    channel.send(payload)
  })
  // A target that is not there now may be there later: UDP knows no connections.
  socket.on('error', () => undefined)
  const ended = (): void => {
    clearTimeout(idle)
    socket.close()
  }
  stream.closed.then(ended, ended)
}

function refuse(stream: Http3Stream, { status, error }: Refusal): void {
  stream.respond([':status', String(status), 'proxy-status', `millrace; error=${error}`], { endStream: true })
  stream.stopSending('H3_NO_ERROR')
}
