// One server on one port: HTTP/3 on UDP, HTTP/2 and HTTP/1.1 on TCP. It has the methods and events of Node's http.Server, so that what runs such a
// server runs this one.
import { EventEmitter } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fieldValue } from '../core/fields/field-section.ts'
import type { Http3Stream } from '../session/http3-stream.ts'
import type { WebTransportRequest } from '../webtransport/server.ts'
import type { Application } from './application.ts'
import { bindBoth, type ListenOptions, listenOptions } from './binding.ts'
import { checkCertificates } from './certificates.ts'
import { Http3Exchange } from './http3-exchange.ts'
import { HTTP1_KEEP_ALIVE_TIMEOUT } from './limits.ts'
import { NodeApplication } from './node-application.ts'
import { type Certificate, type CheckedOptions, checkServerOptions, type ServerOptions } from './options.ts'
import type { ProtocolRequest } from './protocol-request.ts'
import { TcpListener } from './tcp.ts'
import { checkTimeouts, type Timeouts } from './timeouts.ts'
import { UdpListener } from './udp.ts'

/** Who understands a protocol that requests may ask for. */
export interface ProtocolTaker {
  /** Over HTTP/3. */
  (stream: Http3Stream): unknown
  /** Over HTTP/2 and 1.1. Default: it is not taken there. */
  readonly overTcp?: (request: ProtocolRequest) => unknown
}

/**
 * Serves HTTP/3, HTTP/2 and HTTP/1.1. Emits, as Node's http servers do: `listening`, `request`, `checkContinue`, `checkExpectation`, `upgrade`, `timeout`,
 * `error`, `close`; of connections over TCP `connection`, `secureConnection`, `clientError`, `tlsClientError`; and for each connection of HTTP/2 or HTTP/3 `session`. With
 * a listener for `webtransport`, connections that begin from then on offer WebTransport, and it hears each WebTransportRequest, to accept or reject.
 */
export class HttpServer extends EventEmitter implements AsyncDisposable {
  readonly #options: CheckedOptions
  readonly #application: Application
  readonly #node: NodeApplication
  readonly #tcp: TcpListener
  readonly #protocols = new Map<string, ProtocolTaker>()
  #udp: UdpListener | null = null
  #certificate: Certificate & Pick<ServerOptions, 'sni'>
  #state: 'new' | 'binding' | 'listening' | 'closing' | 'closed' = 'new'
  #closed: Promise<void> | null = null

  /** Throws ERR_HTTP3_OPTION. `application` takes the requests in the place of 'request' events. */
  constructor(options: ServerOptions, application?: Application) {
    super()
    this.#options = checkServerOptions(options)
    this.#certificate = options
    this.#node = new NodeApplication(
      this,
      () => this.requestTimeout,
      () => this.altSvc,
    )
    this.#application = application ?? this.#node
    this.#tcp = new TcpListener(this.#options, {
      exchange: (exchange) => this.#application.exchange(exchange),
      request: (request, response) => this.#application.request(request, response),
      protocol: (name) => this.#protocols.get(name)?.overTcp ?? null,
      event: (name, ...values) => this.emit(name, ...values),
    })
    this.on('newListener', (name: string | symbol) => this.#tcp.wanted(String(name)))
  }

  /** It takes in connections. */
  get listening(): boolean {
    return this.#state === 'listening'
  }

  /** What answers over TCP say of HTTP/3, or null. RFC 7838 section 3. */
  get altSvc(): string | null {
    const { altSvcMaxAge } = this.#options
    const port = this.#udp?.address.port
    return port === undefined || altSvcMaxAge === 0 ? null : `h3=":${port}"; ma=${altSvcMaxAge}`
  }

  /** Where it listens, on both UDP and TCP; null if it does not. */
  address(): AddressInfo | null {
    return this.#tcp.server.address() as AddressInfo | null
  }

  /**
   * Listens, as net.Server does: `listen(port, host, callback)` or `listen({ port, host }, callback)`; port 0 takes any that is free for both UDP and TCP. Then emits
   * 'listening'; or 'error', with the system's code (EADDRINUSE, EACCES) and what to do about it.
   */
  listen(...given: unknown[]): this {
    const options = listenOptions(given)
    if (this.#state !== 'new')
      throw Object.assign(new Error('Listen method has been called more than once.'), { code: 'ERR_SERVER_ALREADY_LISTEN' })
    this.#state = 'binding'
    if (options.callback !== undefined) this.once('listening', options.callback)
    this.#bind(options).then(
      () => this.emit('listening'),
      (error: unknown) => {
        this.#state = 'new'
        this.emit('error', error)
      },
    )
    return this
  }

  /**
   * Shows other certificates from now on, on UDP and TCP; without `sni` those for other names stay. Connections that are open go on. Throws ERR_HTTP3_OPTION, and
   * changes nothing, if they cannot be read or do not belong together.
   */
  setSecureContext(certificate: Certificate & Pick<ServerOptions, 'sni'>): void {
    const { sni } = this.#certificate
    const shown = { ...(sni !== undefined && { sni }), ...certificate }
    checkCertificates(shown, shown.sni)
    this.#tcp.useCertificates(shown, shown.sni)
    this.#udp?.useCertificates(shown)
    this.#certificate = shown
  }

  /**
   * Gives extended CONNECTs for a protocol, such as `connect-udp`, to who understands it: those over HTTP/3 (RFC 9220), and if it has a function `overTcp`, those
   * over HTTP/2 (RFC 8441) and upgrades of HTTP/1.1 to it.
   */
  takeProtocol(protocol: string, take: ProtocolTaker): void {
    this.#protocols.set(protocol, take)
    if (take.overTcp !== undefined) this.#tcp.takeUpgrades()
  }

  /** As the option of that name, which it begins with; setting it changes it for requests to come. Throws ERR_HTTP3_OPTION. */
  get requestTimeout(): number {
    return this.#options.timeouts.requestTimeout
  }

  set requestTimeout(millis: number) {
    this.#setTimeouts({ requestTimeout: millis })
  }

  /** As the option of that name; setting it changes it for connections to come. Throws ERR_HTTP3_OPTION. */
  get headersTimeout(): number {
    return this.#options.timeouts.headersTimeout
  }

  set headersTimeout(millis: number) {
    this.#setTimeouts({ headersTimeout: millis })
  }

  /** As the option of that name, or what HTTP/1.1 has without it; setting it changes it in all versions. Throws ERR_HTTP3_OPTION. */
  get keepAliveTimeout(): number {
    return this.#options.timeouts.keepAliveTimeout ?? HTTP1_KEEP_ALIVE_TIMEOUT
  }

  set keepAliveTimeout(millis: number) {
    this.#setTimeouts({ keepAliveTimeout: millis })
  }

  /** What `setTimeout` was last called with; setting it is calling that. */
  get timeout(): number {
    return this.#node.timeout
  }

  set timeout(millis: number) {
    this.setTimeout(millis)
  }

  /** Milliseconds of silence after which 'timeout' is told of an exchange, and it is given up if nobody hears; 0, the default, is never. */
  setTimeout(millis = 0, callback?: () => void): this {
    this.#node.timeout = millis
    this.#tcp.server.setTimeout(millis)
    if (callback !== undefined) this.on('timeout', callback)
    return this
  }

  /**
   * Takes no more connections, lets clients know (GOAWAY, `connection: close`), waits until what is under way has ended, at most for `drainTimeout`, and cuts
   * off the rest. Then emits 'close' and calls `callback`, with ERR_SERVER_NOT_RUNNING if it was not listening.
   */
  close(callback?: (error?: Error) => void): this {
    if (this.#state !== 'listening') {
      const error = Object.assign(new Error('Server is not running.'), { code: 'ERR_SERVER_NOT_RUNNING' })
      process.nextTick(() => callback?.(error))
      return this
    }
    if (callback !== undefined) this.once('close', callback)
    this.#state = 'closing'
    this.#closed = this.#drain().then(() => {
      this.#state = 'closed'
      this.emit('close')
    })
    return this
  }

  /** Ends connections on which nothing is under way. */
  closeIdleConnections(): void {
    this.#tcp.closeIdle()
    this.#udp?.closeIdle()
  }

  /** Ends all connections at once. */
  closeAllConnections(): void {
    this.#tcp.destroy()
    this.#udp?.destroySessions()
  }

  /** Lets the process end though the server listens. */
  unref(): this {
    this.#tcp.server.unref()
    return this
  }

  /** Undoes `unref`. */
  ref(): this {
    this.#tcp.server.ref()
    return this
  }

  /** As `close()`, and resolves when it is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.listening) this.close()
    await this.#closed
  }

  async #bind(options: ListenOptions): Promise<void> {
    this.#udp = await bindBoth(options, this.#tcp.server, this.#options.http3, (host, port) =>
      UdpListener.open(
        host,
        port,
        { ...this.#options, ...this.#certificate },
        {
          session: (session) => this.emit('session', session),
          request: (stream) => {
            const take = this.#protocols.get(fieldValue(stream.requestFields, ':protocol') ?? '')
            if (take === undefined) this.#application.exchange(new Http3Exchange(stream, this.#options.requestCert === true))
            else take(stream)
          },
          webTransport: () => (this.listenerCount('webtransport') > 0 ? (request) => this.#offer(request) : null),
        },
      ),
    )
    this.#state = 'listening'
    this.#tcp.server.on('error', (error) => this.emit('error', error))
  }

  #setTimeouts(changed: Partial<Timeouts>): void {
    Object.assign(this.#options.timeouts, checkTimeouts({ ...this.#options.timeouts, ...changed }))
    this.#tcp.useTimeouts()
  }

  /** A listener may take its time. */
  async #offer(request: WebTransportRequest): Promise<void> {
    this.emit('webtransport', request)
    await request.settled
  }

  async #drain(): Promise<void> {
    const cutOff = setTimeout(() => {
      this.#tcp.destroy()
      this.#udp?.destroy()
    }, this.#options.drainTimeout)
    await Promise.all([this.#tcp.close(), this.#udp?.close()])
    clearTimeout(cutOff)
  }
}
