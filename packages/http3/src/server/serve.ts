// `serve`: web Requests in, web Responses out.
import { once } from 'node:events'
import { type ErrorHandler, FetchApplication, type FetchHandler } from './fetch-application.ts'
import { type ServerOptions, wrongOption } from './options.ts'
import { HttpServer } from './server.ts'

/** Options of `serve`: those of a server, where to listen, and what answers. */
export interface ServeOptions extends ServerOptions {
  /** Answers a request: the `fetch` of a Hono app, or a function of one's own. What it reads and writes goes as fast as the other side takes it. */
  readonly fetch: FetchHandler
  /** Hears what `fetch` throws, and may say what is answered then. Default: 500, and a warning of the process. */
  readonly onerror?: ErrorHandler
  /** 0 to 65535; 0 takes any that is free for both UDP and TCP. Default 443. */
  readonly port?: number
  /** An address of this machine. Default: all. */
  readonly hostname?: string
}

/**
 * Serves HTTP/3, HTTP/2 and HTTP/1.1 on one port. Resolves when it listens. Rejects with ERR_HTTP3_OPTION, and with the system's code where it cannot
 * listen (EADDRINUSE, EACCES).
 */
export async function serve(options: ServeOptions): Promise<HttpServer> {
  if (typeof options?.fetch !== 'function')
    throw wrongOption('fetch', 'is missing: give a function from Request to Response, such as the fetch of a Hono app')
  const requestTimeout = (): number => server.requestTimeout
  const application = new FetchApplication(options.fetch, options.onerror ?? warn, requestTimeout, () => server.altSvc)
  const server: HttpServer = new HttpServer(options, application)
  const listening = once(server, 'listening')
  server.listen({ port: options.port ?? 443, ...(options.hostname !== undefined && { host: options.hostname }) })
  await listening
  return server
}

function warn(error: unknown): undefined {
  process.emitWarning(error instanceof Error ? error : String(error))
}
