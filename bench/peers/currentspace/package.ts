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

interface Package {
  connectQuicAsync(authority: string, options: QuicOptions & { ca: string; servername: string }): Promise<ClientSession>
  createQuicServer(options: QuicOptions & { cert: Buffer; key: Buffer }): Server
}

const NAME: string = '@currentspace/http3'

export const http3: Package = (await import(NAME)) as Package
