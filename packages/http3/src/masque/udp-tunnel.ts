// The client's side of a tunnel: a UDP socket that reaches one target. RFC 9298.
import { isIP } from 'node:net'
import type { DatagramChannel } from '@millrace/quic'
import type { UdpTarget } from '../core/masque/udp-target.ts'
import { settled } from '../settled.ts'
import type { UdpFlow } from './udp-flow.ts'

/**
 * A tunnel to one UDP target. Made by `connectUdp()`. QUIC goes through it as through a socket: `connect(tunnel.address, { endpoint: { channel: tunnel },
 * servername, … })` of @millrace/quic.
 */
export class UdpTunnel implements DatagramChannel, AsyncDisposable {
  /** Where it leads. */
  readonly target: UdpTarget
  /** Hears each UDP payload that comes back, which is its own to keep. Those that come while it is not set are dropped. */
  onmessage: ((payload: Uint8Array) => void) | undefined
  readonly #flow: UdpFlow
  readonly #closed = settled<void>()

  /** Made by `connectUdp` alone. */
  constructor(target: UdpTarget, flow: UdpFlow) {
    this.target = target
    this.#flow = flow
    flow.begin({
      received: (payload) => this.onmessage?.(payload),
      ended: (error) => (error === null ? this.#closed.resolve() : this.#closed.reject(error)),
    })
  }

  /** `host:port` for QUIC to connect to: of a target that was given by name an address that stands for it, since the proxy alone knows the name's. RFC 6666. */
  get address(): string {
    const { host, port } = this.target
    const family = isIP(host)
    return `${family === 4 ? host : `[${family === 6 ? host : '100::'}]`}:${port}`
  }

  /**
   * Bytes of the largest payload that goes through now: what an HTTP datagram holds, and grows with it; 1200 at least; 65527 where there are none, and
   * capsules carry all.
   */
  get maxDatagramSize(): number {
    return this.#flow.maxSize
  }

  /** Settles when the tunnel has ended: resolves if either side closed it, rejects with `HttpError`, or the signal's reason, if it broke. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /** Sends a UDP payload, 0 to 65527 bytes, at most once; it is copied. False if it is dropped: larger than `maxDatagramSize`, too much waits, or the tunnel has ended. */
  send(payload: Uint8Array): boolean {
    return this.#flow.send(payload)
  }

  /** Closes the tunnel; resolves at once. */
  close(): Promise<void> {
    this.#flow.end()
    this.#closed.resolve()
    return Promise.resolve()
  }

  /** As `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
