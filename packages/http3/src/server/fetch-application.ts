// Programs that are one function from a web Request to a web Response, such as Hono's. https://fetch.spec.whatwg.org
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FieldSection } from '../core/fields/field-section.ts'
import type { Application } from './application.ts'
import { isTooEarly } from './early-data.ts'
import type { Exchange, Peer } from './exchange.ts'
import { Http1Exchange } from './http1-exchange.ts'
import { Overdue } from './overdue.ts'
import { RequestContent } from './request-content.ts'
import { isConnectionSpecific } from './response-fields.ts'

/** What a handler learns of a request beside the Request. */
export interface RequestInfo {
  /** `3.0`, `2.0` or `1.1`. */
  readonly httpVersion: Exchange['version']
  /** Who asks. */
  readonly peer: Peer
  /** It came as 0-RTT, which an attacker can replay; only safe methods get that far. RFC 8470. */
  readonly early: boolean
  /** Sends an interim response: 103 with `link`, for instance. RFC 8297. */
  informational(status: number, headers: HeaderFields): void
}

/** As the constructor of `Headers` takes them. */
export type HeaderFields = ConstructorParameters<typeof Headers>[0]

/** Answers a request. */
export type FetchHandler = (request: Request, info: RequestInfo) => Response | Promise<Response>

/**
 * Hears what a handler throws, and may say what is answered then; 500 by default. It hears as well of content that breaks off in the middle, when nothing can be
 * answered any more: the client sees a reset.
 */
export type ErrorHandler = (error: unknown) => Response | undefined | Promise<Response | undefined>

/** Serves by a function. */
export class FetchApplication implements Application {
  readonly #fetch: FetchHandler
  readonly #onerror: ErrorHandler
  readonly #altSvc: () => string | null
  readonly #late: Overdue<RequestContent>

  constructor(fetch: FetchHandler, onerror: ErrorHandler, requestTimeout: () => number, altSvc: () => string | null) {
    this.#fetch = fetch
    this.#onerror = onerror
    this.#altSvc = altSvc
    this.#late = new Overdue(requestTimeout, (content) => {
      content.expire()
      this.#late.add(content)
    })
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    this.exchange(new Http1Exchange(request, response))
  }

  exchange(exchange: Exchange): void {
    // The client is gone then, and there is nobody to tell.
    this.#serve(exchange).catch(() => exchange.reset('H3_INTERNAL_ERROR'))
  }

  async #serve(exchange: Exchange): Promise<void> {
    const content = hasContent(exchange) ? new RequestContent(exchange) : null
    const request = isTooEarly(exchange) ? 425 : requestOf(exchange, content)
    const response =
      typeof request === 'number' ? new Response(null, { status: request }) : await this.#answered(request, exchange, content)
    const fields = fieldsOf(response.headers)
    const altSvc = exchange.version === '3.0' ? null : this.#altSvc()
    if (altSvc !== null && !response.headers.has('alt-svc')) fields.push('alt-svc', altSvc)
    await send(response, fields, exchange, (error) => this.#tell(error))
    if (!exchange.contentless) exchange.stopReading()
  }

  /** The handler's answer, or 408 where the content did not arrive in time. RFC 9110 section 15.5.9. */
  async #answered(request: Request, exchange: Exchange, content: RequestContent | null): Promise<Response> {
    if (content === null) return this.#answer(request, exchange)
    this.#late.add(content)
    const over = (): void => this.#late.delete(content)
    content.arrived.then(over)
    exchange.closed.then(over, over)
    return Promise.race([this.#answer(request, exchange), content.late.then(() => new Response(null, { status: 408 }))])
  }

  async #answer(request: Request, exchange: Exchange): Promise<Response> {
    const { version: httpVersion, peer, early } = exchange
    const informational = (status: number, headers: HeaderFields): void => exchange.informational(status, fieldsOf(new Headers(headers)))
    try {
      return sendable(await this.#fetch(request, { httpVersion, peer, early, informational }))
    } catch (error) {
      const instead = (await this.#onerror(error)) ?? null
      return instead === null ? new Response(null, { status: 500 }) : sendable(instead)
    }
  }

  /** Content broke off behind a header section that has gone: nothing can be answered any more. */
  #tell(error: unknown): void {
    Promise.resolve(error)
      .then(this.#onerror)
      .catch((cause: unknown) => process.emitWarning(cause instanceof Error ? cause : String(cause)))
  }
}

/** Throws for what can be no answer. A Response of another library's class, such as undici's own, is as good as Node's. */
function sendable(answer: Response): Response {
  const { status, headers, bodyUsed } = (answer ?? {}) as Partial<Response>
  if (typeof status !== 'number' || typeof headers !== 'object') throw new TypeError(`fetch gave back ${describe(answer)}, and no Response`)
  if (status === 0) throw new TypeError('fetch gave back Response.error(), which has no status to send')
  if (bodyUsed || answer.body?.locked) throw new TypeError('fetch gave back a Response whose body somebody reads, or has read')
  return answer
}

function describe(answer: unknown): string {
  return typeof answer === 'object' && answer !== null ? `an object of ${answer.constructor?.name ?? 'no class'}` : `${typeof answer}`
}

/** What GET and HEAD bring, a Request has no place for. */
function hasContent({ contentless, head: { method } }: Exchange): boolean {
  return !contentless && method !== 'GET' && method !== 'HEAD'
}

/** A status if it cannot be asked in the manner of the web. */
function requestOf(exchange: Exchange, content: RequestContent | null): Request | number {
  const { method, scheme, authority, path, fields } = exchange.head
  if (method === 'CONNECT' || method === 'TRACE') return 501
  const url = URL.parse(path === '*' ? `${scheme}://${authority}` : `${scheme}://${authority}${path}`)
  if (url === null || !path.startsWith('/')) return path === '*' ? 501 : 400
  const headers = new Headers()
  for (let at = 0; at < fields.length; at += 2) headers.append(fields[at]!, fields[at + 1]!)
  const init = { method, headers, signal: exchange.signal }
  return new Request(url, content === null ? init : { ...init, body: content.stream, duplex: 'half' })
}

/** `Headers` has checked names and values, CR, LF and NUL among them. */
function fieldsOf(headers: Headers): string[] {
  const fields: string[] = []
  for (const [name, value] of headers) if (!isConnectionSpecific(name)) fields.push(name, value)
  if (!headers.has('date')) fields.push('date', new Date().toUTCString())
  return fields
}

/** `onbroken` hears that the content itself failed, and not its reader. */
async function send(response: Response, fields: FieldSection, exchange: Exchange, onbroken: (error: unknown) => void): Promise<void> {
  const { status, body } = response
  if (body === null || exchange.head.method === 'HEAD') {
    exchange.respond(status, fields, true)
    return void (await body?.cancel())
  }
  exchange.respond(status, fields, false)
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader()
  const giveUp = (): void => void reader.cancel(exchange.signal.reason).catch(() => undefined)
  exchange.signal.addEventListener('abort', giveUp)
  const read = (): ReturnType<typeof reader.read> =>
    reader.read().catch((error: unknown) => {
      if (!exchange.signal.aborted) onbroken(error)
      throw error
    })
  for (let next = await read(); !next.done; next = await read()) {
    if (!exchange.write(next.value)) await exchange.drained()
  }
  exchange.signal.removeEventListener('abort', giveUp)
  exchange.signal.throwIfAborted()
  exchange.end()
}
