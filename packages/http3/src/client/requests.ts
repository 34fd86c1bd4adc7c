// Which way each request goes, and whether it goes again.

import type { IncomingHttpHeaders } from 'node:http'
import { ChurnSet } from '@millrace/bytes'
import { type Dispatcher, errors } from 'undici'
import type { FieldSection } from '../core/fields/field-section.ts'
import { type CheckedAgentOptions, timeout } from './agent-options.ts'
import type { Alternative } from './alt-svc.ts'
import type { AltSvcCache } from './alt-svc-cache.ts'
import { Call } from './call.ts'
import { carryByFallback } from './fallback.ts'
import { carryByHttp3, type Verdict } from './http3-carrier.ts'
import { MAX_RETRIES } from './limits.ts'
import type { PooledSession } from './pooled-session.ts'
import { type Attempt, race } from './race.ts'
import { type RequestBody, requestBody } from './request-body.ts'
import { requestFields } from './request-fields.ts'
import type { SessionPool } from './session-pool.ts'
import { itself, type Whereabouts } from './whereabouts.ts'

export interface RequestsOptions extends CheckedAgentOptions {
  readonly pool: SessionPool
  readonly altSvc: AltSvcCache
  readonly whereabouts: Whereabouts
  /** Null where HTTP/3 is all there is. */
  readonly fallback: Dispatcher | null
  /** Hears when there is a request under way, and when there is none any more. */
  readonly onbusy: (isBusy: boolean) => void
}

/** A request, read once, and carried as often as it must be. */
interface Request {
  readonly call: Call
  readonly origin: URL
  readonly fields: FieldSection
  readonly body: RequestBody | null
  /** It changes nothing, and so may be replayed. RFC 9110 section 9.2.1, RFC 8470 section 4. */
  readonly isSafe: boolean
  readonly headersTimeout: number
  readonly bodyTimeout: number
}

/** Methods that 0-RTT may carry. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Early data may be wanted later. RFC 8470 section 5.2. */
const TOO_EARLY = 425
/** The server is not the one for this origin. RFC 9110 section 15.5.20. */
const MISDIRECTED = 421

export class Requests {
  readonly #options: RequestsOptions
  readonly #calls = new ChurnSet<Call>()
  #whenDone: (() => void) | null = null

  constructor(options: RequestsOptions) {
    this.#options = options
  }

  /** Throws for what cannot be sent at all. */
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    const { fallback } = this.#options
    const origin = new URL(options.origin ?? '')
    const wantsTunnel =
      options.method === 'CONNECT' || (options.upgrade !== undefined && options.upgrade !== null && options.upgrade !== false)
    if (fallback === null) {
      if (wantsTunnel) throw new errors.NotSupportedError('CONNECT and upgrades go by HTTP/1.1 and 2, which http3: "only" excludes')
      if (origin.protocol !== 'https:') throw new errors.InvalidArgumentError(`HTTP/3 is for https alone, and ${origin.origin} is not`)
    } else if (wantsTunnel || origin.protocol !== 'https:') {
      fallback.dispatch(options, handler)
      return
    }
    const request = this.#read(options, handler, origin)
    this.#calls.add(request.call)
    if (this.#calls.size === 1) this.#options.onbusy(true)
    request.call.begin()
    if (!request.call.ended) this.#carry(request)
  }

  /** Resolves when no request is under way. */
  async untilDone(): Promise<void> {
    if (this.#calls.size > 0) await new Promise<void>((resolve) => (this.#whenDone = resolve))
  }

  fail(error: Error): void {
    for (const call of [...this.#calls]) call.abort(error)
  }

  #read(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler, origin: URL): Request {
    const body = requestBody(options.body)
    const fields = [...requestFields(options, origin)]
    const has = (name: string): boolean => fields.some((value, at) => at % 2 === 0 && value === name)
    if (body !== null && body.length !== null && !has('content-length')) fields.push('content-length', String(body.length))
    if (body !== null && body.type !== null && !has('content-type')) fields.push('content-type', body.type)
    const call: Call = new Call(options, handler, this.#options.clock, (error) => this.#ended(call, body, error))
    return {
      call,
      origin,
      fields,
      body,
      isSafe: body === null && SAFE_METHODS.has(options.method),
      headersTimeout: timeout('headersTimeout', options.headersTimeout, this.#options.headersTimeout),
      bodyTimeout: timeout('bodyTimeout', options.bodyTimeout, this.#options.bodyTimeout),
    }
  }

  #ended(call: Call, body: RequestBody | null, error: Error | null): void {
    if (error !== null) body?.destroy(error)
    this.#calls.delete(call)
    if (this.#calls.size > 0) return
    this.#options.onbusy(false)
    this.#whenDone?.()
  }

  // ---- which way

  #carry(request: Request): void {
    const { call, origin } = request
    const where = this.#options.whereabouts.find(origin)
    if (where === null) this.#byFallback(request, true, (error) => call.fail(error))
    else if (this.#options.fallback === null) this.#http3(request, where)((error) => call.fail(error))
    else {
      race(this.#http3(request, where), (onfailed) => this.#byFallback(request, false, onfailed), {
        headStartMillis: this.#headStart(origin, where),
        clock: this.#options.clock,
        isClaimed: () => call.ended || call.isClaimed,
        onfailed: (error) => call.fail(error),
      })
    }
  }

  /** It counts from the first packet; over an open session there is nothing to race for. */
  #headStart(origin: URL, where: Alternative | Promise<Alternative | null>): number {
    const { headStart, pool, clock } = this.#options
    const session = where instanceof Promise ? undefined : pool.peek(origin, where)
    if (session === undefined) return headStart
    return session.isOpen ? Number.POSITIVE_INFINITY : Math.max(0, headStart - (clock.now() - session.began))
  }

  /** Where that is may have to be asked for; nobody waits for the answer but this attempt. */
  #http3(request: Request, where: Alternative | Promise<Alternative | null>): Attempt {
    return (onfailed) => {
      if (where instanceof Promise) {
        void where.then((found) => {
          if (found === null) onfailed(new errors.InformationalError('no HTTPS record names HTTP/3'))
          else this.#byHttp3(request, found, onfailed)
        })
      } else this.#byHttp3(request, where, onfailed)
    }
  }

  #byFallback({ call, origin, body }: Request, alone: boolean, onfailed: (error: Error) => void): void {
    const { fallback } = this.#options
    if (fallback === null) onfailed(new errors.NotSupportedError('the server asks for HTTP/1.1, which http3: "only" excludes'))
    else carryByFallback(call, alone, { dispatcher: fallback, body, onfields: (headers) => this.#learn(origin, headers), onfailed })
  }

  #byHttp3(request: Request, where: Alternative, onfailed: (error: Error) => void): void {
    const { call, origin, body, headersTimeout, bodyTimeout } = request
    let session: PooledSession
    try {
      session = this.#options.pool.session(origin, where)
    } catch (error) {
      onfailed(error as Error)
      return
    }
    void carryByHttp3(call, {
      session,
      fields: isElsewhere(origin, where) ? [...request.fields, 'alt-used', authority(where)] : request.fields,
      body,
      // After a 425 only the end of the handshake makes it other than before.
      mayBeEarly: this.#options.earlyData && request.isSafe && call.retries === 0,
      headersTimeout,
      bodyTimeout,
      clock: this.#options.clock,
      onresponse: (status, headers, wasEarly) => this.#judge(request, where, status, headers, wasEarly),
      onfailed,
      onagain: (verdict, error) => this.#again(request, verdict, error as Error),
    })
  }

  // ---- again

  #judge(request: Request, where: Alternative, status: number, headers: IncomingHttpHeaders, wasEarly: boolean): Verdict {
    const { call, origin } = request
    const mayGoAgain = call.retries < MAX_RETRIES && (request.body === null || request.body.isReplayable)
    if (status === TOO_EARLY && wasEarly && mayGoAgain) return 'anew'
    if (status === MISDIRECTED && isElsewhere(origin, where) && mayGoAgain && this.#options.fallback !== null) {
      this.#options.altSvc.forget(origin.origin)
      return 'fallback'
    }
    this.#learn(origin, headers)
    return 'take'
  }

  #again(request: Request, verdict: Exclude<Verdict, 'take'>, error: Error): void {
    const { call, body } = request
    if (call.retries >= MAX_RETRIES || (body !== null && !body.isReplayable)) call.fail(error)
    else {
      call.retries++
      if (verdict === 'anew') this.#carry(request)
      else this.#byFallback(request, true, (failure) => call.fail(failure))
    }
  }

  #learn(origin: URL, headers: IncomingHttpHeaders): void {
    const { 'alt-svc': altSvc, age } = headers
    if (altSvc === undefined) return
    this.#options.altSvc.learn(origin.origin, altSvc, /^\d{1,10}$/.test(age ?? '') ? Number(age) : 0, this.#options.clock.now())
  }
}

/** The alternative is not the origin's own host and port. */
function isElsewhere(origin: URL, { host, port }: Alternative): boolean {
  const own = itself(origin)
  return own.host !== host || own.port !== port
}

function authority({ host, port }: Alternative): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
