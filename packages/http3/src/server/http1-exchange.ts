// An exchange on Node's own objects for HTTP/1.1, for those who serve by `fetch`. RFC 9112.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { FieldSection } from '../core/fields/field-section.ts'
import { settled } from '../settled.ts'
import type { Exchange, Peer, RequestHead, ResetReason } from './exchange.ts'
import { tlsPeer } from './tls-peer.ts'

/** What a request and its response over HTTP/1.1 are to those who serve. */
export class Http1Exchange implements Exchange {
  readonly version = '1.1'
  readonly head: RequestHead
  readonly early = false
  readonly contentless: boolean
  readonly closed: Promise<void>
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #aborting = new AbortController()

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request
    this.#response = response
    this.#chunks = request[Symbol.asyncIterator]()
    const { headers } = request
    this.contentless = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined
    this.head = {
      method: request.method ?? '',
      scheme: 'https',
      authority: headers.host ?? '',
      path: request.url ?? '',
      protocol: null,
      fields: request.rawHeaders.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text)),
    }
    const closed = settled<void>()
    this.closed = closed.promise
    // Those who read hear of it as well.
    request.on('error', () => undefined)
    response.on('close', () => {
      if (response.writableFinished) return closed.resolve()
      this.#aborting.abort()
      closed.reject(gone())
    })
  }

  get peer(): Peer {
    return tlsPeer(this.#request.socket as TLSSocket)
  }

  get signal(): AbortSignal {
    return this.#aborting.signal
  }

  get trailers(): FieldSection | null {
    const { rawTrailers } = this.#request
    return rawTrailers.length === 0 ? null : rawTrailers
  }

  async read(): Promise<Uint8Array | null> {
    const { done, value } = await this.#chunks.next()
    return done === true ? null : value
  }

  informational(status: number, fields: FieldSection): void {
    if (status === 103) this.#response.writeEarlyHints(byName(fields))
    else if (status === 102) this.#response.writeProcessing()
    else this.#response.writeContinue()
  }

  respond(status: number, fields: FieldSection, endStream: boolean): void {
    this.#response.writeHead(status, [...fields])
    if (endStream) this.#response.end()
    else this.#response.flushHeaders()
  }

  answer(status: number, fields: FieldSection, content: Uint8Array): void {
    this.respond(status, fields, false)
    this.write(content)
    this.end()
  }

  write(chunk: Uint8Array): boolean {
    return this.#response.write(chunk)
  }

  drained(): Promise<void> {
    const response = this.#response
    return new Promise((resolve, reject) => {
      if (!response.writableNeedDrain) return resolve()
      const finish = (): void => {
        response.off('drain', finish).off('close', finish)
        if (response.destroyed) reject(gone())
        else resolve()
      }
      response.on('drain', finish).on('close', finish)
    })
  }

  end(trailers?: FieldSection): void {
    if (trailers !== undefined) this.#response.addTrailers(byName(trailers))
    this.#response.end()
  }

  stopReading(): void {
    // What is left is read by Node, so that the connection can serve the next request.
    this.#request.resume()
  }

  reset(_: ResetReason): void {
    this.#response.destroy()
  }
}

function gone(): Error {
  return Object.assign(new Error('The connection was closed by the client.'), { code: 'ECONNRESET' })
}

function byName(fields: FieldSection): Record<string, string | string[]> {
  const headers: Record<string, string[]> = {}
  for (let at = 0; at < fields.length; at += 2) {
    headers[fields[at]!] ??= []
    headers[fields[at]!]!.push(fields[at + 1]!)
  }
  return headers
}
