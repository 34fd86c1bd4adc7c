// What the programs use of @currentspace/http3. It is written down here since the package is there only after `npm install --prefix bench`, and types are
// checked without it as well.
import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'

export interface QuicOptions {
  readonly runtimeMode: 'auto' | 'portable'
  readonly alpn: string[]
  readonly maxIdleTimeoutMs: number
  readonly initialMaxStreamsBidi: number
}

interface ClientSession {
  openStream(): Duplex
  close(): Promise<void>
}

interface Server {
  on(event: 'session', listener: (session: EventEmitter<{ stream: [Duplex]; close: [] }>) => void): void
  listen(port: number, host: string): Promise<{ port: number }>
}

/** Of HTTP/3; the protocols' names and QUIC's settings are its own. */
export interface Http3Options {
  readonly runtimeMode: 'auto' | 'portable'
  readonly maxIdleTimeoutMs: number
  readonly initialMaxStreamsBidi: number
}

/** A response as its server sends it. */
export interface ServerStream extends Duplex {
  respond(headers: Readonly<Record<string, string>>): void
}

interface Http3ClientSession {
  request(headers: Readonly<Record<string, string>>, options: { endStream: boolean }): Duplex
  close(): Promise<void>
}

interface Http3Server extends EventEmitter<{ listening: []; session: [EventEmitter<{ close: [] }>] }> {
  listen(port: number, host: string): void
  address(): { port: number } | null
}

interface Package {
  connectAsync(authority: string, options: Http3Options & { ca: string; servername: string }): Promise<Http3ClientSession>
  createSecureServer(
    options: Http3Options & { cert: Buffer; key: Buffer },
    onstream: (stream: ServerStream, headers: Readonly<Record<string, unknown>>) => void,
  ): Http3Server
  connectQuicAsync(authority: string, options: QuicOptions & { ca: string; servername: string }): Promise<ClientSession>
  createQuicServer(options: QuicOptions & { cert: Buffer; key: Buffer }): Server
}

const NAME: string = '@currentspace/http3'

export const http3: Package = (await import(NAME)) as Package
