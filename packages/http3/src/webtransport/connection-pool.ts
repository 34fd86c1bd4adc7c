// Connections for WebTransport: one for each session, or shared by those of one origin. draft-ietf-webtrans-http3 sections 3.1 and 4.1.
import { connect, type SessionOptions } from '@millrace/quic'
import { ENABLE_WEBTRANSPORT_DRAFT_02, MAX_SESSIONS_DRAFT_07 } from '../core/webtransport/wire.ts'
import { HTTP3_ERRORS } from '../core/wire/http3-error.ts'
import { Http3Session } from '../session/http3-session.ts'
import { distrust, type WebTransportHash } from './certificate-hashes.ts'
import { sessionError } from './error.ts'
import { SessionHub } from './session-hub.ts'

/** What a connection depends on. */
export interface ConnectionChoice {
  readonly url: URL
  /** Empty: the certificate is checked as usual. */
  readonly hashes: readonly WebTransportHash[]
  readonly quic: Partial<SessionOptions>
}

/** Connections that sessions of one origin share: `new WebTransport(url, { allowPooling: true, pool })`. */
export class WebTransportPool {
  readonly #hubs = new Map<string, Promise<SessionHub>>()

  /** The connection to the URL's origin, opened if there is none that takes more. For clients alone. */
  async hub(choice: ConnectionChoice): Promise<SessionHub> {
    const { origin } = choice.url
    for (let known = this.#hubs.get(origin); known !== undefined; known = this.#hubs.get(origin)) {
      const hub = await known
      if (!hub.h3.closing) return hub
      if (this.#hubs.get(origin) === known) this.#hubs.delete(origin)
    }
    const opening = openConnection(choice)
    this.#hubs.set(origin, opening)
    const forget = (): void => {
      if (this.#hubs.get(origin) === opening) this.#hubs.delete(origin)
    }
    opening.then(({ h3 }) => h3.closed.then(forget, forget), forget)
    return await opening
  }

  /** Closes every connection once its sessions have ended. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#hubs.values()].map(async (hub) => (await hub).h3.shutdown()))
  }
}

/** Opens a connection and waits until it is known to take sessions. Rejects with a WebTransportError. */
export async function openConnection({ url, hashes, quic: options }: ConnectionChoice): Promise<SessionHub> {
  const host = url.hostname
  const quic = await connect(`${host}:${url.port === '' ? 443 : url.port}`, {
    alpn: 'h3',
    servername: host.replaceAll(/^\[|\]$/g, ''),
    ...options,
    // A session that is resumed shows no certificate, so that there would be none to check.
    ...(hashes.length > 0 && { rejectUnauthorized: false, sessionStore: null }),
  }).catch((error) => {
    throw sessionError(`No connection: ${error.message}`)
  })
  await quic.opened.catch((error) => {
    throw sessionError(`No connection: ${error.message}`)
  })
  if (hashes.length > 0) {
    const why = distrust(quic.peerCertificate, hashes, Date.now())
    if (why !== null) {
      quic.destroy(undefined, { code: HTTP3_ERRORS.H3_NO_ERROR })
      throw sessionError(`The certificate is not trusted: ${why}.`)
    }
  }
  // Nothing was sent before this.
  const h3 = Http3Session.client(quic, { enableDatagrams: true, settings: CLIENT_SETTINGS })
  const hub = new SessionHub(h3)
  h3.ongoaway = () => hub.drained()
  const settings = await h3.settings.catch((error) => {
    throw sessionError(`No connection: ${error.message}`)
  })
  const speaks = settings.extensions.get(ENABLE_WEBTRANSPORT_DRAFT_02) === 1 || (settings.extensions.get(MAX_SESSIONS_DRAFT_07) ?? 0) > 0
  if (!speaks || !settings.h3Datagram || !settings.enableConnectProtocol || quic.maxDatagramSize === 0) {
    h3.destroy()
    throw sessionError('The server does not take WebTransport sessions.')
  }
  return hub
}

const CLIENT_SETTINGS: ReadonlyMap<number, number> = new Map([
  [ENABLE_WEBTRANSPORT_DRAFT_02, 1],
  [MAX_SESSIONS_DRAFT_07, 1],
])
