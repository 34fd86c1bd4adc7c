// `createServer`, as Node's http, https and http2 have it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerOptions } from './options.ts'
import { HttpServer } from './server.ts'

/** Handles a request: of any version, with objects of Node's http module. */
export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void

/**
 * A server for HTTP/3, HTTP/2 and HTTP/1.1 on one port, for programs in the manner of node:http: the listener may be an app of Express 5 or the callback
 * of one of Koa 3; with Fastify 5 it goes into `serverFactory`. Throws ERR_HTTP3_OPTION.
 */
export function createServer(options: ServerOptions, listener?: RequestListener): HttpServer {
  const server = new HttpServer(options)
  if (listener !== undefined) server.on('request', listener)
  return server
}
