// WebTransport sessions that clients ask for. draft-ietf-webtrans-http3 section 3.
import { type FieldSection, fieldValue } from '../core/fields/field-section.ts'
import { parseList, serializeString } from '../core/fields/structured-fields.ts'
import { draftSettings, FORMER_UPGRADE_TOKEN, flowTerms, UPGRADE_TOKEN, WT_ENABLED } from '../core/webtransport/drafts.ts'
import { Http3Error } from '../core/wire/http3-error.ts'
import type { Http3Settings } from '../core/wire/settings.ts'
import type { Http3Session } from '../session/http3-session.ts'
import type { Http3Stream } from '../session/http3-stream.ts'
import { type Http3Options, integer } from '../session/options.ts'
import { WebTransportError } from './error.ts'
import {
  BUFFERED_DATAGRAMS,
  LARGEST_SESSION_WINDOW,
  LEAST_INCOMING_STREAMS,
  MAX_SESSION_STREAMS,
  MAX_SESSIONS,
  SESSION_WINDOW,
} from './limits.ts'
import { WebTransportSession } from './session.ts'
import { SessionHub } from './session-hub.ts'

/** How a session is accepted. */
export interface AcceptOptions {
  /** One of the client's `protocols`. Default: none. */
  readonly protocol?: string
  /** More fields of the response. */
  readonly fields?: FieldSection
}

/** Options of a server of sessions. */
export interface WebTransportServerOptions {
  /** Sessions at once on one connection: 1 to 65536, since each takes a stream; default 16. Others are refused with H3_REQUEST_REJECTED. */
  readonly maxSessions?: number
  /**
   * Bytes that a client may have sent on all streams of one session and nobody has read: 0 to 2^40, default 8388608 (8 MiB). Clients of the newest draft
   * keep to it. draft-ietf-webtrans-http3 section 5.4.
   */
  readonly maxSessionData?: number
  /** Streams of each kind that a client may have open in one session: 0 to 65536, default 128; the transport has limits of its own. Section 5.3. */
  readonly maxSessionStreams?: number
}

/** A session that a client asks for: to be accepted or rejected, now or later. */
export class WebTransportRequest {
  /** The request's header section. */
  readonly fields: FieldSection
  /** Path and query. */
  readonly path: string
  readonly authority: string
  /** The page's origin, which browsers always tell: sessions of origins that are not welcome are to be rejected with 403. Undefined outside browsers. */
  readonly origin: string | undefined
  /** Application protocols that the client offers, the preferred one first. */
  readonly protocols: readonly string[]
  readonly #hub: SessionHub
  readonly #stream: Http3Stream
  readonly #early: Uint8Array[] = []
  readonly #settled = Promise.withResolvers<void>()
  #answered = false

  /** Made by servers alone. */
  constructor(hub: SessionHub, stream: Http3Stream) {
    this.#hub = hub
    this.#stream = stream
    this.fields = stream.requestFields
    this.path = fieldValue(this.fields, ':path') ?? '/'
    this.authority = fieldValue(this.fields, ':authority') ?? ''
    this.origin = fieldValue(this.fields, 'origin')
    this.protocols = offered(fieldValue(this.fields, 'wt-available-protocols'))
    const early = (payload: Uint8Array): void => {
      if (this.#early.length < BUFFERED_DATAGRAMS) this.#early.push(payload)
    }
    stream.ondatagram = early
  }

  /** Whether it was accepted, rejected or given up. */
  get answered(): boolean {
    return this.#answered
  }

  /** Resolves when it was accepted or rejected, or the client gave it up. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  /** Answers 200; the session is there at once. Throws `TypeError` for a protocol that the client did not offer, or when it was answered before. */
  accept({ protocol, fields = [] }: AcceptOptions = {}): WebTransportSession {
    if (protocol !== undefined && !this.protocols.includes(protocol))
      throw new TypeError(`The client does not offer the protocol ${protocol}.`)
    this.#answer()
    const session = new WebTransportSession()
    if (isNewest(this.fields)) session.limited(this.#hub.terms, this.#stream)
    const agreed = protocol === undefined ? [] : ['wt-protocol', serializeString(protocol)!]
    // Clients of draft 2 look for it.
    const draft = fieldValue(this.fields, 'sec-webtransport-http3-draft02') === undefined ? [] : ['sec-webtransport-http3-draft', 'draft02']
    this.#stream.respond([':status', '200', ...draft, ...agreed, ...fields])
    const received = (payload: Uint8Array): void => session.datagrams.received(payload)
    this.#stream.ondatagram = received
    session.begin({ hub: this.#hub, stream: this.#stream }, { protocol: protocol ?? '', headers: null })
    this.#hub.add(Number(this.#stream.id), session)
    for (const payload of this.#early.splice(0)) session.datagrams.received(payload)
    return session
  }

  /** Answers with this status, 300 to 599. Default 404. Throws `TypeError` when it was answered before. */
  reject(status = 404, fields: FieldSection = []): void {
    this.#answer()
    this.#hub.remove(Number(this.#stream.id))
    this.#stream.ondatagram = undefined
    this.#stream.respond([':status', String(status), ...fields], { endStream: true })
    this.#stream.stopSending('H3_NO_ERROR')
  }

  /** The client gave it up. For servers alone. */
  abandoned(): void {
    if (this.#answered) return
    this.#answered = true
    this.#settled.resolve()
    this.#hub.remove(Number(this.#stream.id))
  }

  #answer(): void {
    if (this.#answered) throw new TypeError('The request was answered before, or its client gave it up.')
    this.#answered = true
    this.#settled.resolve()
  }
}

/**
 * What an HTTP/3 server's SETTINGS must say for WebTransport: the draft of July 2026, and those before it, 2, as Chromium, Firefox and aioquic have it, and 7
 * to 12. The transport must take datagrams and reliable resets, as it does by default. Throws ERR_HTTP3_OPTION.
 */
export function webTransportSettings(options: WebTransportServerOptions = {}): Http3Options {
  const maxSessions = integer('maxSessions', options.maxSessions, 1, MAX_SESSION_STREAMS, MAX_SESSIONS)
  const streams = integer('maxSessionStreams', options.maxSessionStreams, 0, MAX_SESSION_STREAMS, LEAST_INCOMING_STREAMS)
  const data = integer('maxSessionData', options.maxSessionData, 0, LARGEST_SESSION_WINDOW, SESSION_WINDOW)
  return { enableConnectProtocol: true, enableDatagrams: true, settings: draftSettings(maxSessions, { data, bidi: streams, uni: streams }) }
}

/**
 * Serves WebTransport on an HTTP/3 session made with `webTransportSettings()`. The function that is returned is to be given every request; it says whether
 * it was one for a session, and `onsession` hears of it then. What `onsession` neither accepts nor rejects before it returns, or its promise settles, is
 * rejected with 404.
 */
export function serveWebTransport(
  h3: Http3Session,
  onsession: (request: WebTransportRequest) => unknown,
  { maxSessions = MAX_SESSIONS }: WebTransportServerOptions = {},
): (stream: Http3Stream) => boolean {
  const hub = new SessionHub(h3)
  let asked = 0
  return (stream) => {
    if (!isSessionRequest(stream.requestFields)) return false
    if (asked >= maxSessions) {
      hub.remove(Number(stream.id))
      stream.destroy('H3_REQUEST_REJECTED')
      return true
    }
    asked++
    const request = new WebTransportRequest(hub, stream)
    const ended = (): void => {
      asked--
      request.abandoned()
    }
    stream.closed.then(ended, ended)
    void offer(hub, request, stream, onsession, asked === 1)
    return true
  }
}

/** Not before the client's SETTINGS have come: they say what it speaks. Section 3.1. */
async function offer(
  hub: SessionHub,
  request: WebTransportRequest,
  stream: Http3Stream,
  onsession: (request: WebTransportRequest) => unknown,
  alone: boolean,
): Promise<void> {
  const settings = await hub.h3.settings.catch(() => null)
  if (settings === null || request.answered) return
  const refusal = isNewest(request.fields) ? refusalOfNewest(hub, settings, alone) : null
  if (refusal !== null) {
    request.abandoned()
    stream.destroy(refusal.code)
    return
  }
  if (!settings.h3Datagram) {
    request.reject(400)
    return
  }
  try {
    await onsession(request)
  } catch (error) {
    if (!request.answered) request.abandoned()
    stream.destroy('H3_INTERNAL_ERROR')
    // The end of a session is told by its promises.
    if (!(error instanceof WebTransportError)) throw error
  }
  if (!request.answered) request.reject()
}

function isSessionRequest(fields: FieldSection): boolean {
  const protocol = fieldValue(fields, ':protocol')
  return fieldValue(fields, ':method') === 'CONNECT' && (protocol === UPGRADE_TOKEN || protocol === FORMER_UPGRADE_TOKEN)
}

function isNewest(fields: FieldSection): boolean {
  return fieldValue(fields, ':protocol') === UPGRADE_TOKEN
}

/** Why a session of the newest draft cannot be: the client lacks what it takes (section 3.1), or there is another and no flow control (section 5.1). */
function refusalOfNewest(hub: SessionHub, settings: Http3Settings, alone: boolean): Http3Error | null {
  const { quic, ownSettings } = hub.h3
  const enabled = settings.extensions.get(WT_ENABLED) === 1 && ownSettings.extensions.get(WT_ENABLED) === 1
  if (!enabled || !settings.h3Datagram || quic.maxDatagramSize === 0 || !quic.reliableReset) {
    return new Http3Error('H3_MESSAGE_ERROR', 'a session of a client that lacks what it takes', 'stream')
  }
  hub.terms = flowTerms(ownSettings.extensions, settings.extensions)
  return hub.terms === null && !alone ? new Http3Error('H3_REQUEST_REJECTED', 'a second session, and no flow control', 'stream') : null
}

/** What does not parse, or holds other than strings, is as good as absent. Section 3.3. */
function offered(field: string | undefined): readonly string[] {
  const list = field === undefined ? null : parseList(field)
  if (list === null) return []
  const protocols = list.flatMap(({ value }) => (typeof value === 'string' ? [value] : []))
  return protocols.length === list.length ? protocols : []
}
