// Connections for WebTransport: one for each session, or shared by those of one origin. draft-ietf-webtrans-http3 sections 3.1 and 4.1.
import { connect, type SessionOptions } from '@millrace/quic'
import { draftSettings, flowTerms, formerDraftSettings, speakNewest, speaksFormer } from '../core/webtransport/drafts.ts'
import { HTTP3_ERRORS, Http3Error } from '../core/wire/http3-error.ts'
import type { Http3Settings } from '../core/wire/settings.ts'
import { Http3Session } from '../session/http3-session.ts'
import { distrust, type WebTransportHash } from './certificate-hashes.ts'
import { sessionError } from './error.ts'
import { LEAST_INCOMING_STREAMS, SESSION_WINDOW } from './limits.ts'
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
  /** Those that take no more sessions, until they end. */
  readonly #full = new Set<SessionHub>()

  /** The connection to the URL's origin, opened if there is none that takes more. For clients alone. */
  async hub(choice: ConnectionChoice): Promise<SessionHub> {
    const { origin } = choice.url
    for (let known = this.#hubs.get(origin); known !== undefined; known = this.#hubs.get(origin)) {
      const hub = await known
      if (!hub.h3.closing && hub.claim()) return hub
      this.#retire(hub)
      if (this.#hubs.get(origin) === known) this.#hubs.delete(origin)
    }
    const opening = openConnection(choice)
    this.#hubs.set(origin, opening)
    const forget = (): void => {
      if (this.#hubs.get(origin) === opening) this.#hubs.delete(origin)
    }
    opening.then(({ h3 }) => h3.closed.then(forget, forget), forget)
    const hub = await opening
    return hub.claim() ? hub : this.hub(choice)
  }

  /** Closes every connection once its sessions have ended. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#hubs.values(), ...this.#full].map(async (hub) => (await hub).h3.shutdown()))
  }

  #retire(hub: SessionHub): void {
    if (hub.h3.destroyed || this.#full.has(hub)) return
    this.#full.add(hub)
    const forget = (): boolean => this.#full.delete(hub)
    hub.h3.closed.then(forget, forget)
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
  const h3 = Http3Session.client(quic, { enableDatagrams: true, settings: clientSettings(options) })
  const hub = new SessionHub(h3)
  const left = (): void => hub.drained()
  h3.ongoaway = left
  const settings = await h3.settings.catch((error) => {
    throw sessionError(`No connection: ${error.message}`)
  })
  chooseDraft(hub, settings)
  return hub
}

/** The newest draft that both speak. Section 7.1. Throws a WebTransportError, and closes the connection, where there is none. */
function chooseDraft(hub: SessionHub, settings: Http3Settings): void {
  const { h3 } = hub
  const [own, peer] = [h3.ownSettings.extensions, settings.extensions]
  const speaks = settings.h3Datagram && settings.enableConnectProtocol && h3.quic.maxDatagramSize > 0
  try {
    const newest = speakNewest(own, peer)
    hub.isNewest = speaks && newest && h3.quic.reliableReset
    if (hub.isNewest) hub.terms = flowTerms(own, peer)
    else if (!speaks || !speaksFormer(peer)) {
      const why = new Error('The server does not take WebTransport sessions.')
      h3.destroy(why, newest ? 'WT_REQUIREMENTS_NOT_MET' : 'H3_NO_ERROR')
      throw sessionError(why.message)
    }
  } catch (error) {
    if (error instanceof Http3Error) h3.violated(error)
    throw error
  }
}

/** Without what the newest draft requires, that we speak those before it. Streams: as many as the transport allows. Section 3.1. */
function clientSettings({ transportParams = {} }: Partial<SessionOptions>): ReadonlyMap<number, number> {
  const { resetStreamAt = true, initialMaxStreamsBidi: bidi, initialMaxStreamsUni: uni } = transportParams
  if (!resetStreamAt) return formerDraftSettings(1)
  return draftSettings(1, { data: SESSION_WINDOW, bidi: bidi ?? LEAST_INCOMING_STREAMS, uni: uni ?? LEAST_INCOMING_STREAMS })
}
