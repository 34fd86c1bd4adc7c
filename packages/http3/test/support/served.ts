// A server on loopback for a test, and a client of each version of HTTP to ask it with.
import { once } from 'node:events'
import { after, test } from 'node:test'
import { createServer, type HttpServer, type RequestListener, type ServerOptions } from '../../src/index.ts'
import { type Client, clientsOf, identity } from './client.ts'

export interface Served {
  readonly server: HttpServer
  readonly clients: readonly Client[]
}

/** Serves a listener until the end of the tests. */
export async function served(listener: RequestListener, options: Partial<ServerOptions> = {}): Promise<Served> {
  return servedBy(createServer({ ...identity, ...options }, listener))
}

/** A server without clients, until the end of the tests. */
export async function listening(options: Partial<ServerOptions>, listener: RequestListener): Promise<{ server: HttpServer; port: number }> {
  const server = createServer({ ...identity, ...options }, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => server[Symbol.asyncDispose]())
  return { server, port: server.address()!.port }
}

/** Has a server listen on a port of the system's choice. */
export async function servedBy(server: HttpServer): Promise<Served> {
  if (!server.listening) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  const clients = clientsOf(server.address()!)
  after(async () => {
    for (const client of clients) await client.close()
    await server[Symbol.asyncDispose]()
  })
  return { server, clients }
}

/** A test for each version of HTTP: what is said once holds in all. */
export function inEachVersion(name: string, start: () => Promise<Served>, body: (client: Client, served: Served) => Promise<void>): void {
  test(name, async (context) => {
    const all = await start()
    for (const client of all.clients) await context.test(`HTTP/${client.version}`, () => body(client, all))
  })
}
