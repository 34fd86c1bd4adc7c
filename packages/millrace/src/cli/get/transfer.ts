// One request and its response, by whatever protocol the agent finds.

import type { Writable } from 'node:stream'
import { type Agent, type Carriage, carriageOf } from '@millrace/http3'

type Handler = Parameters<Agent['dispatch']>[1]
type Controller = Parameters<NonNullable<Handler['onRequestStart']>>[0]

export interface TransferRequest {
  readonly url: URL
  readonly method: string
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly body: Buffer | null
  readonly signal: AbortSignal
}

/** A response's header section: interim ones have a status below 200. */
export interface Head {
  readonly status: number
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly protocol: Carriage['protocol']
}

export interface Sink {
  /** Hears each header section; for the final one it names where content goes, or null for nowhere. */
  head(head: Head): Writable | null
  received(bytes: number): void
}

/** When what happened: milliseconds since 1970. */
export interface Times {
  readonly began: number
  readonly connected: number
  readonly firstByte: number
  readonly ended: number
}

export interface Outcome {
  readonly head: Head
  readonly times: Times
  readonly received: number
}

/** Resolves once the content was handed to its taker; rejects with what ended it. */
export function transfer(agent: Agent, request: TransferRequest, sink: Sink): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
  const { url, signal } = request
  let controller: Controller | null = null
  const abort = (): void => controller?.abort(signal.reason as Error)
  signal.addEventListener('abort', abort, { once: true })
  agent.dispatch(
    {
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers: [...request.headers],
      body: request.body,
    },
    new Receiver(sink, {
      started(given) {
        controller = given
        if (signal.aborted) abort()
      },
      done: resolve,
      failed: reject,
    }),
  )
  return promise.finally(() => signal.removeEventListener('abort', abort))
}

interface Ending {
  started(controller: Controller): void
  done(outcome: Outcome): void
  failed(error: Error): void
}

class Receiver implements Handler {
  readonly #sink: Sink
  readonly #ending: Ending
  readonly #began = Date.now()
  #firstByte = 0
  #head: Head | null = null
  #out: Writable | null = null
  #received = 0
  /** Content that cannot be written is not worth having. */
  #onlost: (error: Error) => void = () => {}

  constructor(sink: Sink, ending: Ending) {
    this.#sink = sink
    this.#ending = ending
  }

  onRequestStart(controller: Controller): void {
    this.#ending.started(controller)
  }

  onResponseStart(controller: Controller, status: number, headers: Record<string, string | string[] | undefined>): void {
    const head = { status, headers: flat(headers), protocol: carriageOf(controller)?.protocol ?? null }
    const out = this.#sink.head(head)
    if (status < 200) return
    this.#firstByte = Date.now()
    this.#head = head
    this.#out = out
    this.#onlost = (error) => controller.abort(error)
    out?.once('error', this.#onlost)
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#received += chunk.length
    this.#sink.received(chunk.length)
    if (this.#out === null || this.#out.write(chunk)) return
    controller.pause()
    this.#out.once('drain', () => controller.resume())
  }

  onResponseEnd(controller: Controller): void {
    const ended = Date.now()
    this.#out?.off('error', this.#onlost)
    const connected = carriageOf(controller)?.connectedAt ?? this.#began
    const times = { began: this.#began, connected, firstByte: this.#firstByte, ended }
    this.#ending.done({ head: this.#head!, times, received: this.#received })
  }

  onResponseError(_controller: Controller | null, error: Error): void {
    this.#out?.off('error', this.#onlost)
    this.#ending.failed(error)
  }
}

function flat(headers: Record<string, string | string[] | undefined>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().flatMap((one) => [name, one]))
}
