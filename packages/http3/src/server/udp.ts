// The server's UDP port: HTTP/3.
import { listen, type QuicEndpoint, type QuicSession } from '@millrace/quic'
import { http3EarlyDataTerms } from '../session/early-data-terms.ts'
import { Http3Session } from '../session/http3-session.ts'
import type { Http3Stream } from '../session/http3-stream.ts'
import type { Http3Options } from '../session/options.ts'
import { serveWebTransport, type WebTransportRequest, webTransportSettings } from '../webtransport/server.ts'
import { KeepAlive } from './keep-alive.ts'
import { type Certificate, type CheckedOptions, identitiesOf, type ServerOptions } from './options.ts'

/** Who takes what arrives. */
export interface UdpHandlers {
  session(session: Http3Session): void
  request(stream: Http3Stream): void
  /** Who hears of the WebTransport sessions that clients ask for; null where nobody does: new connections do not offer them. */
  webTransport(): ((request: WebTransportRequest) => unknown) | null
}

/** HTTP/3 on one UDP port. RFC 9114. */
export class UdpListener {
  readonly #sessions: Set<Http3Session>
  readonly #endpoint: QuicEndpoint

  private constructor(endpoint: QuicEndpoint, sessions: Set<Http3Session>) {
    this.#endpoint = endpoint
    this.#sessions = sessions
  }

  /** Rejects with ERR_QUIC_LISTEN when it cannot be bound, ERR_QUIC_OPTION for options that are wrong. */
  static async open(host: string, port: number, options: CheckedOptions, handlers: UdpHandlers): Promise<UdpListener> {
    const { ca, requestCert = false, rejectUnauthorized = true, quic, endpoint, timeouts } = options
    const sessions = new Set<Http3Session>()
    const announced = (): Http3Options => ({
      enableConnectProtocol: true,
      enableDatagrams: true,
      ...(handlers.webTransport() !== null && webTransportSettings(options.webTransport)),
      ...(timeouts.headersTimeout > 0 && { headersTimeout: timeouts.headersTimeout }),
      ...options.http3Options,
    })
    const began = (transport: QuicSession): void => {
      const wanted = handlers.webTransport()
      const session = Http3Session.server(transport, announced())
      sessions.add(session)
      const keepAlive = new KeepAlive(
        () => timeouts.keepAliveTimeout ?? 0,
        () => leave(session),
      )
      const ended = (): void => {
        keepAlive.stop()
        sessions.delete(session)
      }
      session.closed.then(ended, ended)
      const take = wanted === null ? () => false : serveWebTransport(session, wanted, options.webTransport)
      const requested = (stream: Http3Stream): void => {
        keepAlive.began()
        const over = (): void => keepAlive.ended()
        stream.closed.then(over, over)
        if (!take(stream)) handlers.request(stream)
      }
      session.onrequest = requested
      handlers.session(session)
    }
    const opened = await listen(began, {
      ...quic,
      alpn: 'h3',
      earlyDataTerms: http3EarlyDataTerms(announced),
      endpoint: { ...endpoint, address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}` },
      sni: identitiesOf(options),
      ...(requestCert && { verifyClient: rejectUnauthorized ? true : 'any' }),
      ...(ca !== undefined && requestCert && { ca: String(ca) }),
    })
    return new UdpListener(opened, sessions)
  }

  /** Where it is bound. */
  get address(): { readonly address: string; readonly port: number } {
    return this.#endpoint.address
  }

  /** Other certificates, for connections to come. */
  useCertificates(certificate: Certificate & Pick<ServerOptions, 'sni'>): void {
    this.#endpoint.useIdentities(identitiesOf(certificate))
  }

  /** Takes in no more connections; asks clients to go, and waits until they have. RFC 9114 section 5.2. */
  async close(): Promise<void> {
    const closed = this.#endpoint.close()
    for (const session of this.#sessions) leave(session)
    await closed
  }

  /** Ends every connection, and the socket with them. */
  destroy(): void {
    this.#endpoint.destroy()
  }

  /** Ends every connection; others may come. */
  destroySessions(): void {
    for (const session of [...this.#sessions]) session.destroy()
  }

  /** Ends the connections on which no request is open. */
  closeIdle(): void {
    for (const session of this.#sessions) if (session.openStreams === 0) leave(session)
  }
}

/** GOAWAY, and the end once nothing is under way. RFC 9114 section 5.2. What ends a session in another way is told by its own `closed`. */
function leave(session: Http3Session): void {
  session.shutdown().catch(() => undefined)
}
