// The proxy's side of one tunnel: a stream on one hand, a UDP socket on the other, until either ends. RFC 9298 section 3.1.
import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Clock } from '../client/clock.ts'
import { IdleTimer } from '../client/idle-timer.ts'
import { MAX_FORWARDED, MAX_QUEUED_BYTES } from './limits.ts'
import { ProxyError } from './proxy-status.ts'
import type { HostAddress } from './resolve-target.ts'
import type { FlowOwner, UdpFlow } from './udp-flow.ts'

/** What a tunnel is made of. */
export interface TunnelParts {
  readonly flow: UdpFlow
  /** Connected. */
  readonly socket: Socket
  readonly family: 4 | 6
  readonly clock: Clock
  /** Milliseconds; 0 for none. */
  readonly idleTimeout: number
}

/** A socket that is connected, so that the system lets in what the target sends alone. Rejects with `ProxyError`. */
export async function openSocket({ address, family }: HostAddress, port: number): Promise<Socket> {
  const socket = createSocket({
    type: `udp${family}`,
    // The address is literal: nothing is to be looked up again, with another answer perhaps.
    lookup: (host, _options, done) => done(null, host, isIPv6(host) ? 6 : 4),
  })
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.connect(port, address, () => resolve())
    })
  } catch (error) {
    socket.close()
    throw unopened(error)
  }
  socket.removeAllListeners('error')
  return socket
}

export class ProxyTunnel implements FlowOwner {
  readonly #flow: UdpFlow
  readonly #socket: Socket
  readonly #largest: number
  readonly #idle: IdleTimer
  readonly #remote: { readonly address: string; readonly port: number }
  readonly #closed = Promise.withResolvers<void>()
  #ended = false

  constructor({ flow, socket, family, clock, idleTimeout }: TunnelParts) {
    this.#flow = flow
    this.#socket = socket
    this.#largest = MAX_FORWARDED[family]
    this.#remote = socket.remoteAddress()
    this.#idle = new IdleTimer(clock, idleTimeout, () => this.#end(() => flow.end()))
    socket.on('message', (payload, from) => this.#fromTarget(payload, from))
    // The system knows that nobody is there. Section 3.1: the stream ends with the socket.
    socket.on('error', () => this.#end(() => flow.abort()))
    flow.begin(this)
  }

  /** Resolves when the socket is closed, however that came. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /** From the client. What is too large, or more than the socket takes, is dropped. */
  received(payload: Uint8Array): void {
    if (this.#ended || payload.length > this.#largest) return
    this.#idle.touch()
    if (this.#socket.getSendQueueSize() + payload.length > MAX_QUEUED_BYTES) return
    // Errors of one datagram are lost with it; those that last come as events.
    this.#socket.send(payload, () => {})
  }

  /** The client ended it, or its stream broke. */
  ended(): void {
    this.#end(() => {})
  }

  #fromTarget(payload: Uint8Array, from: { readonly address: string; readonly port: number }): void {
    // Between binding and connecting anyone's may have come.
    if (this.#ended || from.port !== this.#remote.port || from.address !== this.#remote.address) return
    this.#idle.touch()
    this.#flow.send(payload)
  }

  #end(tell: () => void): void {
    if (this.#ended) return
    this.#ended = true
    this.#idle.stop()
    tell()
    this.#socket.close(() => this.#closed.resolve())
  }
}

const UNROUTABLE: ReadonlySet<unknown> = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EACCES', 'EINVAL'])

function unopened(error: unknown): ProxyError {
  const unroutable = UNROUTABLE.has((error as { code?: unknown }).code)
  return unroutable
    ? new ProxyError('destination_ip_unroutable', 'there is no way to the address')
    : new ProxyError('proxy_internal_error', 'no socket can be opened')
}
