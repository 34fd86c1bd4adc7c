// A dispatcher for undici, and so for fetch, that speaks HTTP/3 where it can and HTTP/2 or 1.1 where it must.
import { Buffer } from 'node:buffer'
import { Dispatcher, errors, Agent as UndiciAgent } from 'undici'
import { type AgentOptions, checkAgentOptions } from './agent-options.ts'
import type { Alternative } from './alt-svc.ts'
import { AltSvcCache } from './alt-svc-cache.ts'
import { BrokenAlternatives } from './broken.ts'
import { Dialer } from './dialer.ts'
import { HttpsRecords } from './https-records.ts'
import type { PooledSession } from './pooled-session.ts'
import { Requests } from './requests.ts'
import { SessionPool } from './session-pool.ts'
import { Whereabouts } from './whereabouts.ts'

type Callback = () => void

/**
 * Carries requests by HTTP/3 to origins that are known to speak it, and by HTTP/2 or 1.1 otherwise: `setGlobalDispatcher(new Agent())` is all that existing code
 * needs. Throws undici's InvalidArgumentError for a wrong option.
 *
 * Emits `connect`, `disconnect` and `connectionError` for its HTTP/3 sessions, as undici's dispatchers do; the error is a QuicError.
 *
 * Upgrades and CONNECT, which are WebSockets and proxies, go by HTTP/1.1 and 2; with `http3: 'only'` they end with NotSupportedError.
 */
export class Agent extends Dispatcher {
  readonly #fallback: Dispatcher | null
  readonly #altSvc: AltSvcCache
  readonly #broken = new BrokenAlternatives()
  readonly #pool: SessionPool
  readonly #dialer: Dialer
  readonly #requests: Requests
  #closing: Promise<void> | null = null
  #destroying: Promise<void> | null = null

  constructor(options: AgentOptions = {}) {
    super()
    const checked = checkAgentOptions(options)
    const { clock, http3 } = checked
    this.#altSvc = new AltSvcCache(options.altSvc ?? new Map())
    this.#dialer = new Dialer(options, checked)
    this.#pool = new SessionPool({
      dial: (origin, alternative) => this.#dialer.dial(origin, alternative),
      maxSessions: checked.maxSessions,
      maxRequests: checked.maxRequests,
      keepAliveMillis: checked.keepAliveTimeout,
      clock,
      onconnect: (origin, alternative, error) => this.#connected(origin, alternative, error, clock.now()),
      onsilent: (alternative, session) => this.#silent(alternative, session, clock.now()),
      onend: (origin) => this.emit('disconnect', origin, [this], new errors.InformationalError('the session has ended')),
    })
    this.#fallback = http3 === 'only' ? null : (options.fallback ?? defaultFallback(options, checked.connectTimeout))
    const httpsRecords = options.httpsRecords === undefined ? null : new HttpsRecords(options.httpsRecords, clock)
    this.#requests = new Requests({
      ...checked,
      pool: this.#pool,
      altSvc: this.#altSvc,
      whereabouts: new Whereabouts({ http3, altSvc: this.#altSvc, broken: this.#broken, httpsRecords, clock }),
      fallback: this.#fallback,
      onbusy: (isBusy) => this.#dialer.keepAlive(isBusy),
    })
  }

  /** As undici's dispatchers do. A request that cannot be sent at all is told to the handler's `onResponseError`. */
  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    try {
      if (this.#destroying !== null) throw new errors.ClientDestroyedError()
      if (this.#closing !== null) throw new errors.ClientClosedError()
      this.#requests.dispatch(options, handler)
      return true
    } catch (error) {
      if (handler.onResponseError === undefined) throw error
      // No controller: the request never began.
      handler.onResponseError(null as unknown as Dispatcher.DispatchController, error as Error)
      return false
    }
  }

  /** The machine is on another network: what was learnt of the last one is forgotten, but for alternatives that say `persist`. RFC 7838 section 2.2. */
  networkChanged(): void {
    this.#altSvc.networkChanged()
    this.#broken.networkChanged()
  }

  /** No more requests; resolves when those under way are done and all connections are closed. */
  override close(): Promise<void>
  override close(callback: Callback): void
  override close(callback?: Callback): Promise<void> | undefined {
    this.#closing ??= this.#close()
    return answered(this.#closing, callback)
  }

  /** Ends all requests with the error, ClientDestroyedError by default; resolves when all sessions have ended. */
  override destroy(): Promise<void>
  override destroy(error: Error | null): Promise<void>
  override destroy(callback: Callback): void
  override destroy(error: Error | null, callback: Callback): void
  override destroy(first?: Error | null | Callback, second?: Callback): Promise<void> | undefined {
    const [error, callback] = typeof first === 'function' ? [null, first] : [first ?? null, second]
    this.#destroying ??= this.#destroy(error ?? new errors.ClientDestroyedError())
    return answered(this.#destroying, callback)
  }

  #connected(origin: URL, alternative: Alternative, error: Error | null, now: number): void {
    if (error === null) this.#broken.worked(alternative)
    else if (!isOurs(error)) this.#broken.failed(alternative, now)
    if (error === null) this.emit('connect', origin, [this])
    else this.emit('connectionError', origin, [this], error as errors.UndiciError)
  }

  /** Where HTTP/3 is all there is, it can only be waited for. */
  #silent(alternative: Alternative, session: PooledSession, now: number): void {
    if (this.#fallback === null) return
    // An idle one says little, as after a night's sleep: the next request races.
    if (!session.isIdle) this.#broken.failed(alternative, now)
    session.giveUp()
  }

  async #close(): Promise<void> {
    await this.#requests.untilDone()
    // Whoever waits for the end shall see it.
    this.#dialer.keepAlive(true)
    // Attempts to connect that lost their race may still be under way; nobody waits for them.
    await Promise.all([this.#fallback?.destroy(), this.#pool.close()])
    await this.#dialer.close()
  }

  async #destroy(error: Error): Promise<void> {
    this.#requests.fail(error)
    await Promise.all([this.#fallback?.destroy(error), this.#pool.destroy(error)])
    // The farewells are sent; that sockets stay for a while to repeat them is nobody's to wait for, and keeps no process alive.
    void this.#dialer.close()
  }
}

function defaultFallback({ lookup, ca, certs, keys, rejectUnauthorized }: AgentOptions, timeout: number): Dispatcher {
  return new UndiciAgent({
    allowH2: true,
    connect: {
      timeout,
      ...(lookup !== undefined && { lookup }),
      ...(ca !== undefined && { ca: asNode(ca) }),
      ...(certs !== undefined && { cert: asNode(certs) }),
      ...(keys !== undefined && { key: asNode(keys) }),
      ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
    },
  })
}

type Encodings = NonNullable<AgentOptions['ca']>

/** As node:tls takes it. */
function asNode(given: Encodings): string | Buffer | (string | Buffer)[] {
  const one = (encoded: string | Uint8Array): string | Buffer => (typeof encoded === 'string' ? encoded : Buffer.from(encoded))
  return typeof given === 'string' || given instanceof Uint8Array ? one(given) : given.map(one)
}

/** What went wrong on our side says nothing of the other. */
function isOurs(error: Error): boolean {
  return 'code' in error && ['ERR_QUIC_OPTION', 'ERR_QUIC_LISTEN', 'ERR_QUIC_SOCKET', 'ERR_QUIC_CLOSED'].includes(String(error.code))
}

function answered(done: Promise<void>, callback: Callback | undefined): Promise<void> | undefined {
  if (callback === undefined) return done
  void done.then(callback)
  return undefined
}
