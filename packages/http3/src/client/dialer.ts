// Makes HTTP/3 sessions, all over one UDP socket for each family of addresses.
import { lookup as lookupByDns } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { connect, QuicEndpoint } from '@millrace/quic'
import { errors } from 'undici'
import { Http3Session } from '../session/http3-session.ts'
import type { AgentOptions, CheckedAgentOptions } from './agent-options.ts'
import type { Alternative } from './alt-svc.ts'
import { KEEP_ALIVE_MILLIS } from './limits.ts'
import { itself } from './whereabouts.ts'

/** The application protocol. RFC 9114 section 3.1. */
const ALPN = 'h3'

type Family = 4 | 6

/** Opens sockets when they are needed. Tickets and tokens are kept with a socket, as whoever watches it can link its sessions anyway. */
export class Dialer {
  readonly #options: AgentOptions
  readonly #checked: CheckedAgentOptions
  readonly #endpoints = new Map<Family, Promise<QuicEndpoint>>()
  #isBusy = false
  #closed = false

  constructor(options: AgentOptions, checked: CheckedAgentOptions) {
    this.#options = options
    this.#checked = checked
  }

  /**
   * Begins a session. Wherever the alternative is, its certificate must be the origin's: that is what makes it one (RFC 7838 section 2.1). Rejects with a
   * QuicError.
   */
  async dial(origin: URL, alternative: Alternative): Promise<Http3Session> {
    const { address, family } = await resolve(alternative.host, this.#options.lookup ?? lookupByDns)
    const { quic = {}, ca, certs, keys, rejectUnauthorized } = this.#options
    const session = await connect(`${family === 6 ? `[${address}]` : address}:${alternative.port}`, {
      enableEarlyData: this.#checked.earlyData,
      handshakeTimeout: this.#checked.connectTimeout,
      ...(ca !== undefined && { ca }),
      ...(certs !== undefined && { certs }),
      ...(keys !== undefined && { keys }),
      ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
      keepAlive: KEEP_ALIVE_MILLIS,
      ...quic,
      alpn: ALPN,
      servername: itself(origin).host,
      endpoint: await this.#endpoint(family),
    })
    return Http3Session.client(session)
  }

  /** Whether the sockets keep the process alive: only while there are requests. */
  keepAlive(isBusy: boolean): void {
    this.#isBusy = isBusy
    for (const endpoint of this.#endpoints.values())
      void endpoint.then(
        (open) => this.#hold(open),
        () => undefined,
      )
  }

  /** Closes the sockets, once the sessions on them have ended. */
  async close(): Promise<void> {
    this.#closed = true
    const endpoints = await Promise.allSettled(this.#endpoints.values())
    await Promise.all(endpoints.map((endpoint) => (endpoint.status === 'fulfilled' ? endpoint.value.close() : undefined)))
  }

  #endpoint(family: Family): Promise<QuicEndpoint> {
    if (this.#closed) throw new errors.ClientClosedError()
    const known = this.#endpoints.get(family)
    if (known !== undefined) return known
    const opening = this.#open(family)
    this.#endpoints.set(family, opening)
    return opening
  }

  async #open(family: Family): Promise<QuicEndpoint> {
    try {
      const endpoint = await QuicEndpoint.open({ address: family === 6 ? '[::]:0' : '0.0.0.0:0' })
      this.#hold(endpoint)
      // A socket that was lost is not used again.
      const forget = (): boolean => this.#endpoints.delete(family)
      endpoint.closed.then(forget, forget)
      return endpoint
    } catch (error) {
      this.#endpoints.delete(family)
      throw error
    }
  }

  #hold(endpoint: QuicEndpoint): void {
    if (this.#isBusy) endpoint.ref()
    else endpoint.unref()
  }
}

function resolve(host: string, lookup: LookupFunction): Promise<{ address: string; family: Family }> {
  const given = isIP(host)
  if (given !== 0) return Promise.resolve({ address: host, family: given as Family })
  return new Promise((resolve, reject) =>
    lookup(host, { order: 'ipv4first' }, (error, found) => {
      const address = typeof found === 'string' ? found : found?.[0]?.address
      if (error !== null) reject(error)
      else if (address === undefined || isIP(address) === 0) reject(new errors.InformationalError(`no address was found for ${host}`))
      else resolve({ address, family: isIP(address) as Family })
    }),
  )
}
