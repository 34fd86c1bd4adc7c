// The server's TCP port: HTTP/2 and HTTP/1.1, which node:http2 tells apart by ALPN.
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Duplex } from 'node:stream'
import type { SecureContextOptions, TLSSocket } from 'node:tls'
import type { FieldSection } from '../core/fields/field-section.ts'
import { checkRequestFields } from '../core/fields/request-fields.ts'
import { Http3Error } from '../core/wire/http3-error.ts'
import type { Peer } from './exchange.ts'
import { Http2Exchange } from './http2-exchange.ts'
import { KeepAlive } from './keep-alive.ts'
import { HTTP1_KEEP_ALIVE_TIMEOUT, HTTP2_CONNECTION_WINDOW, HTTP2_STREAM_WINDOW, LATE_CHECK_INTERVAL, MAX_STREAMS } from './limits.ts'
import type { Certificate, CheckedOptions } from './options.ts'
import { extendedProtocol, http1ProtocolRequest, http2ProtocolRequest, type ProtocolRequest, protocolOf } from './protocol-request.ts'
import type { ServerRequest } from './request.ts'
import { ServerNames } from './server-names.ts'
import type { Timeouts } from './timeouts.ts'
import { tlsPeer } from './tls-peer.ts'

/** Who takes what arrives. */
export interface TcpHandlers {
  exchange(exchange: Http2Exchange): void
  /** HTTP/1.1: as node:http has it. */
  request(request: IncomingMessage, response: ServerResponse): void
  /** Who takes requests for a protocol; null where nobody does. */
  protocol(name: string): ((request: ProtocolRequest) => unknown) | null
  /** The rest of what node:http2's server emits. */
  event(name: string, ...values: unknown[]): boolean
}

/** Events that are passed on as they are, once somebody listens: where nobody does, Node itself knows what to answer. */
const PASSED_ON: ReadonlySet<string> = new Set([
  'clientError',
  'connect',
  'connection',
  'secureConnection',
  'session',
  'sessionError',
  'timeout',
  'tlsClientError',
])

/** Requests that are for others than 'request', if there are such. */
const SPECIAL_REQUESTS: ReadonlySet<string> = new Set(['checkContinue', 'checkExpectation'])

/** HTTP/2 and HTTP/1.1 on one TCP port. */
export class TcpListener {
  readonly server: Http2SecureServer
  readonly #peers = new WeakMap<Http2Session, Peer>()
  /** Connections of HTTP/2, how many streams are open on each, and for how long it is kept without any. */
  readonly #sessions = new Map<ServerHttp2Session, { streams: number; readonly keepAlive: KeepAlive }>()
  /** Connections of HTTP/1.1, and what is under way on each. */
  readonly #connections = new Map<Duplex, ServerResponse | 'idle' | 'upgraded'>()
  readonly #handlers: TcpHandlers
  /** Events that are passed on by now. */
  readonly #wanted = new Set<string>()
  /** What other certificates leave as it is. */
  readonly #common: SecureContextOptions
  readonly #timeouts: Timeouts
  #names: ServerNames
  #takesUpgrades = false
  #closing = false

  constructor(options: CheckedOptions, handlers: TcpHandlers) {
    this.#common = commonOptions(options)
    this.#names = new ServerNames(options.sni, this.#common)
    this.server = createSecureServer({
      ...tlsOptions(options),
      SNICallback: (name, answer) => answer(null, this.#names.find(name)),
      settings: { enableConnectProtocol: true, initialWindowSize: HTTP2_STREAM_WINDOW, maxConcurrentStreams: MAX_STREAMS },
      ...options.http2,
    })
    this.#timeouts = options.timeouts
    Object.assign(this.server, { connectionsCheckingInterval: LATE_CHECK_INTERVAL })
    this.useTimeouts()
    this.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#track(request, response)
      handlers.request(request, response)
    })
    // With 'request', node:http2 begins to make messages of its own of HTTP/2's streams, by this event; ours take that place.
    this.server.removeAllListeners('stream')
    this.server.on('stream', (stream: ServerHttp2Stream, _: IncomingHttpHeaders, flags: number, section: string[]) => {
      const session = stream.session as ServerHttp2Session | undefined
      if (session === undefined) return
      if (!isWellFormed(section)) return refuse(stream)
      this.#count(session, 1)
      stream.on('close', () => this.#count(session, -1))
      const peer = this.#peers.get(session)!
      const take = handlers.protocol(extendedProtocol(section))
      if (take === null) handlers.exchange(new Http2Exchange(stream, section, flags, peer))
      else take(http2ProtocolRequest(stream, section, peer))
    })
    this.server.on('session', (session) => this.#sessionBegan(session))
    this.server.on('secureConnection', (socket) => this.#connected(socket))
    this.#handlers = handlers
  }

  /** Those that are set hold from now on. */
  useTimeouts(): void {
    Object.assign(this.server, http1Timeouts(this.#timeouts))
  }

  /** Somebody wants to hear of an event. */
  wanted(name: string): void {
    if (this.#wanted.has(name)) return
    this.#wanted.add(name)
    if (PASSED_ON.has(name)) this.server.on(name, (...values: unknown[]) => this.#handlers.event(name, ...values))
    if (SPECIAL_REQUESTS.has(name)) {
      this.server.on(name, (request: IncomingMessage, response: ServerResponse) => {
        this.#track(request, response)
        this.#handlers.event(name, request, response)
      })
    }
    if (name === 'upgrade') this.takeUpgrades()
  }

  /** Upgrades of HTTP/1.1 are for somebody: Node asks only if it knows that, and hands over the socket then. */
  takeUpgrades(): void {
    if (this.#takesUpgrades) return
    this.#takesUpgrades = true
    const { protocol, event } = this.#handlers
    // Since Node 24.9: what nobody wants to upgrade is a request like any other. Before, it is refused below.
    Object.assign(this.server, {
      shouldUpgradeCallback: (request: IncomingMessage) => this.#wanted.has('upgrade') || protocol(protocolOf(request)) !== null,
    })
    this.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#connections.set(socket, 'upgraded')
      Object.assign(request, http2Members(request))
      const take = protocol(protocolOf(request))
      if (take !== null) take(http1ProtocolRequest(request, socket, head))
      else if (!event('upgrade', request, socket, head)) http1ProtocolRequest(request, socket, head).respond([':status', '501'])
    })
  }

  /** Other certificates, for connections to come. */
  useCertificates(certificate: Certificate, sni?: CheckedOptions['sni']): void {
    const names = new ServerNames(sni, this.#common)
    this.server.setSecureContext({ ...this.#common, key: certificate.key, cert: certificate.cert })
    this.#names = names
  }

  /** Takes no more connections, and ends each once nothing is under way on it. */
  close(): Promise<void> {
    this.#closing = true
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    for (const session of this.#sessions.keys()) session.close()
    for (const [connection, response] of this.#connections) {
      if (response === 'idle') connection.destroy()
      else if (response !== 'upgraded' && !response.headersSent) response.shouldKeepAlive = false
    }
    return closed
  }

  /** Cuts off whatever is left. */
  destroy(): void {
    for (const session of this.#sessions.keys()) session.destroy()
    for (const connection of this.#connections.keys()) connection.destroy()
  }

  /** Ends the connections on which nothing is under way. */
  closeIdle(): void {
    for (const [connection, response] of this.#connections) if (response === 'idle') connection.destroy()
    // GOAWAY tells which streams were seen, so that a client knows that one on its way may be asked again. RFC 9113 section 6.8.
    for (const [session, { streams }] of this.#sessions) if (streams === 0) session.close()
  }

  #sessionBegan(session: ServerHttp2Session): void {
    this.#peers.set(session, tlsPeer(session.socket as TLSSocket))
    // GOAWAY goes first, so that a client knows of a request on its way that it may be asked again.
    const keepAlive = new KeepAlive(
      () => this.#timeouts.keepAliveTimeout ?? 0,
      () => session.close(),
    )
    this.#sessions.set(session, { streams: 0, keepAlive })
    session.setLocalWindowSize(HTTP2_CONNECTION_WINDOW)
    session.on('close', () => {
      keepAlive.stop()
      this.#sessions.delete(session)
    })
    // Told by 'sessionError' to those who want to know.
    session.on('error', () => undefined)
    if (this.#closing) session.close()
  }

  #count(session: ServerHttp2Session, change: 1 | -1): void {
    const known = this.#sessions.get(session)
    if (known === undefined) return
    known.streams += change
    if (change === 1) known.keepAlive.began()
    else known.keepAlive.ended()
  }

  #connected(socket: TLSSocket): void {
    if (socket.alpnProtocol === 'h2') return
    this.#connections.set(socket, 'idle')
    socket.on('close', () => this.#connections.delete(socket))
  }

  #track(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request
    Object.assign(request, http2Members(request))
    this.#connections.set(socket, response)
    if (this.#closing) response.shouldKeepAlive = false
    response.on('close', () => {
      if (!this.#connections.has(socket)) return
      this.#connections.set(socket, 'idle')
      if (this.#closing) socket.end()
    })
  }
}

/** What requests of the other versions have beside those of node:http, so that programs need not ask which version it is. RFC 9112 section 3.3. */
function http2Members({ headers }: IncomingMessage): Pick<ServerRequest, 'authority' | 'scheme' | 'early'> {
  return { authority: headers.host ?? '', scheme: 'https', early: false }
}

/** As node:http wants them: one for header sections that is longer than that for requests would void the other, and so would one of 0. */
function http1Timeouts({ requestTimeout, headersTimeout, keepAliveTimeout = HTTP1_KEEP_ALIVE_TIMEOUT }: Timeouts): Timeouts {
  const first = requestTimeout === 0 || (headersTimeout > 0 && headersTimeout < requestTimeout) ? headersTimeout : requestTimeout
  return { requestTimeout, headersTimeout: first, keepAliveTimeout }
}

/** What HTTP/3 refuses, such as two hosts, is smuggled by no other version: the rules are the same. RFC 9113 sections 8.2.1 and 8.3.1. */
function isWellFormed(section: FieldSection): boolean {
  try {
    checkRequestFields(section, true)
    return true
  } catch (error) {
    if (error instanceof Http3Error) return false
    throw error
  }
}

function refuse(stream: ServerHttp2Stream): void {
  // That it was reset is told as its error, to nobody.
  stream.on('error', () => undefined).close(constants.NGHTTP2_PROTOCOL_ERROR)
}

function tlsOptions(options: CheckedOptions): object {
  const { key, cert, ca, requestCert = false, rejectUnauthorized = true, allowHTTP1 } = options
  return { key, cert, allowHTTP1, requestCert, ...(ca !== undefined && { ca }), ...(requestCert && { rejectUnauthorized }) }
}

/** What a TLS context has beside certificate and key. */
function commonOptions({ ca, http2 = {} }: CheckedOptions): SecureContextOptions {
  const { ciphers, sigalgs, ecdhCurve, minVersion, maxVersion, honorCipherOrder, crl, dhparam, secureOptions } = http2
  const chosen = { ciphers, sigalgs, ecdhCurve, minVersion, maxVersion, honorCipherOrder, crl, dhparam, secureOptions, ca: http2.ca ?? ca }
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined))
}
