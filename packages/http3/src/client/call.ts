// One request as it was dispatched, whoever carries it: HTTP/3, or HTTP/2 and 1.1. Its handler hears one row of events, and holds one controller.
import { Buffer } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Clock } from './clock.ts'

/** Who has the request under way. */
export interface Carrier {
  /** The user gave up. */
  abort(reason: Error): void
  /** The user takes more of the response. */
  resume(): void
}

/** How a request is carried. */
export interface Carriage {
  /** The protocol; null before the response has begun. */
  readonly protocol: 'h3' | 'h2' | 'http/1.1' | null
  /** When there was a connection to carry it, milliseconds since 1970; null before. */
  readonly connectedAt: number | null
}

/** Tells of a controller that an agent gave to a handler how its request is carried; null for other dispatchers' controllers. */
export function carriageOf(controller: Dispatcher.DispatchController): Carriage | null {
  return controller instanceof Call ? { protocol: controller.protocol, connectedAt: controller.connectedAt } : null
}

/** A request, and the controller of it that its handler is given. */
export class Call implements Dispatcher.DispatchController {
  readonly options: Dispatcher.DispatchOptions
  rawHeaders: Buffer[] | string[] | IncomingHttpHeaders | null = null
  rawTrailers: Buffer[] | string[] | IncomingHttpHeaders | null = null
  /** Times that it was sent anew. */
  retries = 0
  protocol: Carriage['protocol'] = null
  connectedAt: number | null = null
  readonly #handler: Dispatcher.DispatchHandler
  readonly #clock: Clock
  readonly #onended: (error: Error | null) => void
  #carrier: Carrier | null = null
  #reason: Error | null = null
  #paused = false
  #responded = false
  #ended = false

  /** `onended` hears once that nothing more will happen to it, and the error if it failed. */
  constructor(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
    clock: Clock,
    onended: (error: Error | null) => void,
  ) {
    this.options = options
    this.#clock = clock
    this.#handler = handler
    this.#onended = onended
  }

  // ---- the handler's controller

  get aborted(): boolean {
    return this.#reason !== null
  }

  get reason(): Error | null {
    return this.#reason
  }

  get paused(): boolean {
    return this.#paused
  }

  abort(reason: Error): void {
    if (this.#ended) return
    this.#reason = reason
    this.#carrier?.abort(reason)
    this.fail(reason)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#carrier?.resume()
  }

  // ---- for those who carry it

  /** Whether the final response has begun: from then on it cannot be carried anew. */
  get responded(): boolean {
    return this.#responded
  }

  /** Nothing more will happen to it. */
  get ended(): boolean {
    return this.#ended
  }

  /** Whether somebody carries it. */
  get isClaimed(): boolean {
    return this.#carrier !== null
  }

  /** Tells the handler that the request is on its way; it may abort from now on. */
  begin(): void {
    this.#tell(() => this.#handler.onRequestStart?.(this, {}))
  }

  /** Whether the request is the carrier's: nobody else has it, and it was not aborted. */
  claim(carrier: Carrier): boolean {
    if (this.#ended || (this.#carrier !== null && this.#carrier !== carrier)) return false
    this.#carrier = carrier
    this.connectedAt ??= this.#clock.now()
    return true
  }

  /** The carrier gives it back, to be carried anew. */
  release(carrier: Carrier): void {
    if (this.#carrier === carrier) this.#carrier = null
  }

  /** Whether the request is that carrier's. */
  isCarriedBy(carrier: Carrier): boolean {
    return this.#carrier === carrier
  }

  bodySent(chunk: Uint8Array): void {
    const { buffer, byteOffset, byteLength } = chunk
    this.#tell(() => this.#handler.onBodySent?.(Buffer.from(buffer, byteOffset, byteLength)))
  }

  requestSent(): void {
    this.#tell(() => this.#handler.onRequestSent?.())
  }

  /** A response's header section; an interim one has a status below 200, and more follow. */
  response(protocol: Carriage['protocol'], status: number, headers: IncomingHttpHeaders, statusText: string): void {
    this.protocol = protocol
    if (status >= 200) this.#responded = true
    this.#tell(() => this.#handler.onResponseStart?.(this, status, headers, statusText))
  }

  data(chunk: Buffer): void {
    this.#tell(() => this.#handler.onResponseData?.(this, chunk))
  }

  end(trailers: IncomingHttpHeaders): void {
    if (this.#ended) return
    this.#finish(null)
    this.#handler.onResponseEnd?.(this, trailers)
  }

  fail(error: Error): void {
    if (this.#ended) return
    this.#finish(error)
    this.#handler.onResponseError?.(this, error)
  }

  #finish(error: Error | null): void {
    this.#ended = true
    this.#carrier = null
    this.#onended(error)
  }

  /** A handler that throws has given up. */
  #tell(tell: () => void): void {
    if (this.#ended) return
    try {
      tell()
    } catch (error) {
      this.abort(error instanceof Error ? error : new Error(String(error)))
    }
  }
}
