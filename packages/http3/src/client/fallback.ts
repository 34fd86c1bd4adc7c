// Requests on HTTP/2 and 1.1, by undici's own dispatchers.
import type { IncomingHttpHeaders } from 'node:http'
import { type Dispatcher, errors } from 'undici'
import type { Call, Carrier } from './call.ts'
import type { RequestBody } from './request-body.ts'

/** What a carrier of the fallback needs beside the call. */
export interface FallbackOptions {
  readonly dispatcher: Dispatcher
  readonly body: RequestBody | null
  /** Hears each final response's fields, which may say where HTTP/3 is. */
  readonly onfields: (headers: IncomingHttpHeaders) => void
  /** It could not carry the request, which nobody else has either. */
  readonly onfailed: (error: Error) => void
}

/**
 * Hands a call to the dispatcher. It is claimed once a connection is there to send it on; if another has it by then, nothing is sent. `alone`: there is no other, and
 * the content may go as it was given.
 */
export function carryByFallback(call: Call, alone: boolean, options: FallbackOptions): void {
  const carried = alone ? call.options : withBody(call.options, options.body)
  options.dispatcher.dispatch(carried, new FallbackCarrier(call, options))
}

function withBody(options: Dispatcher.DispatchOptions, body: RequestBody | null): Dispatcher.DispatchOptions {
  return withType({ ...options, body: body?.forFallback() ?? null }, body)
}

/** Undici derives a media type from content that it knows; behind an iterable it cannot see any. */
function withType(options: Dispatcher.DispatchOptions, body: RequestBody | null): Dispatcher.DispatchOptions {
  if (body === null || body.type === null) return options
  const { headers } = options
  if (headers === undefined || headers === null) return { ...options, headers: ['content-type', body.type] }
  if (Array.isArray(headers)) return hasType(headers) ? options : { ...options, headers: [...headers, 'content-type', body.type] }
  const pairs = Symbol.iterator in headers ? [...headers] : Object.entries(headers)
  if (hasType(pairs.map(([name]) => name))) return options
  return { ...options, headers: [...pairs, ['content-type', body.type]] as [string, string][] }
}

function hasType(names: readonly unknown[]): boolean {
  return names.some((name) => typeof name === 'string' && name.toLowerCase() === 'content-type')
}

class FallbackCarrier implements Carrier, Dispatcher.DispatchHandler {
  readonly #call: Call
  readonly #options: FallbackOptions
  #controller: Dispatcher.DispatchController | null = null
  #hasLost = false

  constructor(call: Call, options: FallbackOptions) {
    this.#call = call
    this.#options = options
  }

  abort(reason: Error): void {
    this.#controller?.abort(reason)
  }

  resume(): void {
    this.#controller?.resume()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#call.claim(this)) return
    this.#hasLost = true
    controller.abort(new errors.RequestAbortedError('the request went another way'))
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders, statusText?: string): void {
    if (status >= 200) this.#options.onfields(headers)
    this.#call.rawHeaders = controller.rawHeaders ?? null
    // Undici hands on HTTP/1.1's field lines as they came, and HTTP/2's as an object.
    this.#call.response(Array.isArray(controller.rawHeaders) ? 'http/1.1' : 'h2', status, headers, statusText ?? '')
    this.#keepPace(controller)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#call.data(chunk)
    this.#keepPace(controller)
  }

  onResponseEnd(controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    this.#call.rawTrailers = controller.rawTrailers ?? null
    this.#call.end(trailers)
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#hasLost) return
    if (this.#call.isCarriedBy(this)) this.#call.fail(error)
    else this.#options.onfailed(error)
  }

  onBodySent(chunk: Buffer): void {
    this.#call.bodySent(chunk)
  }

  onRequestSent(): void {
    this.#call.requestSent()
  }

  #keepPace(controller: Dispatcher.DispatchController): void {
    if (this.#call.paused) controller.pause()
  }
}
