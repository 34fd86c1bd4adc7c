// What a server hands requests to: a program in the manner of node:http, or one `fetch` function.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange } from './exchange.ts'

/** One of them. */
export interface Application {
  /** A request over HTTP/3 or HTTP/2. */
  exchange(exchange: Exchange): void
  /** A request over HTTP/1.1. */
  request(request: IncomingMessage, response: ServerResponse): void
}
