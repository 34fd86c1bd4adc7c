// A way through a proxy for UDP, as its client has it. RFC 9298.
import { createSocket, type Socket } from 'node:dgram'
import { type FieldSection, fieldValue } from '../core/fields/field-section.ts'
import { HttpError } from '../session/error.ts'
import type { Http3Session } from '../session/http3-session.ts'
import type { Http3Stream } from '../session/http3-stream.ts'
import { targetPath, type UdpTarget } from './target.ts'
import { UdpChannel } from './udp-channel.ts'

/** What a tunnel is asked for with. */
export interface UdpTunnelOptions {
  /** The proxy's name and port. Default: the name that the session's server has. */
  readonly authority?: string
  /** More fields of the request: `proxy-authorization`, for instance. */
  readonly fields?: FieldSection
}

/** A way through a proxy to one UDP target. */
export class UdpTunnel {
  /** Hears each payload that the target sends; it is only lent. */
  onmessage: ((payload: Uint8Array) => void) | undefined
  readonly #stream: Http3Stream
  readonly #channel: UdpChannel
  #local: Socket | null = null

  /**
   * Asks for a way to a target, on a session with a proxy made with `enableDatagrams`. Rejects with HttpError when the proxy refuses, `TypeError` for a
   * target that is none.
   */
  static async open(session: Http3Session, target: UdpTarget, options: UdpTunnelOptions = {}): Promise<UdpTunnel> {
    const { authority = session.quic.servername, fields = [] } = options
    const request = [
      ':method',
      'CONNECT',
      ':protocol',
      'connect-udp',
      ':scheme',
      'https',
      ':authority',
      authority,
      ':path',
      targetPath(target),
    ]
    const stream = await session.request([...request, 'capsule-protocol', '?1', ...fields])
    const response = await stream.response()
    const status = fieldValue(response, ':status') ?? ''
    if (status.startsWith('2')) return new UdpTunnel(stream)
    stream.destroy('H3_REQUEST_CANCELLED')
    const why = fieldValue(response, 'proxy-status')
    throw new HttpError(`The proxy answers ${status}${why === undefined ? '' : `: ${why}`}.`, { code: 'ERR_HTTP3_REFUSED' })
  }

  private constructor(stream: Http3Stream) {
    this.#stream = stream
    this.#channel = new UdpChannel(stream, (payload) => this.onmessage?.(payload))
  }

  /** Settles when the tunnel has ended. */
  get closed(): Promise<void> {
    return this.#stream.closed
  }

  /** Sends a payload to the target, at most once. False: it was dropped. */
  send(payload: Uint8Array): boolean {
    return this.#channel.send(payload)
  }

  /**
   * Opens a port on this machine that stands for the target, to whoever sends to it first: `connect(await tunnel.listen(), { servername })` of
   * @millrace/quic reaches the target through the proxy. Takes `onmessage` over. Resolves to `127.0.0.1:port`.
   */
  async listen(): Promise<string> {
    const socket = createSocket('udp4')
    this.#local = socket
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    socket.once('error', reject)
    socket.bind(0, '127.0.0.1', resolve)
    await promise
    socket.unref()
    let user: number | null = null
    socket.on('message', (payload, { port, address }) => {
      if (address !== '127.0.0.1') return
      user ??= port
      if (port === user) this.send(payload)
    })
    this.onmessage = (payload) => {
      if (user !== null) socket.send(new Uint8Array(payload), user, '127.0.0.1')
    }
    const ended = (): void => {
      if (this.#local === socket) this.#local = null
      socket.close()
    }
    this.closed.then(ended, ended)
    return `127.0.0.1:${socket.address().port}`
  }

  /** Ends it. */
  close(): void {
    this.onmessage = undefined
    this.#stream.destroy('H3_NO_ERROR')
  }
}
