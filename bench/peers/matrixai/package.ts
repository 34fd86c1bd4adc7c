// What the programs use of @matrixai/quic and its logger. It is written down here since they are there only after `npm install --prefix bench`, and types are
// checked without them as well.
import { ALPN, CONNECTION_WINDOW, IDLE_MILLIS, STREAM_WINDOW, STREAMS } from '../settings.ts'

export interface Stream {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
}

interface Client {
  readonly connection: { newStream(): Stream }
  destroy(options: { force: boolean }): Promise<void>
}

interface Server extends EventTarget {
  readonly port: number
  start(options: { host: string; port: number }): Promise<void>
}

/** An event that carries a connection or a stream. */
export interface Carrying<T> extends Event {
  readonly detail: T
}

interface Quic {
  readonly QUICClient: {
    createQUICClient(options: {
      host: string
      port: number
      serverName: string
      localHost: string
      logger: object
      crypto: { ops: { randomBytes(data: ArrayBuffer): Promise<void> } }
      config: object
    }): Promise<Client>
  }
  readonly QUICServer: new (options: {
    logger: object
    crypto: {
      key: ArrayBuffer
      ops: {
        sign(key: ArrayBuffer, data: ArrayBuffer): Promise<ArrayBuffer>
        verify(key: ArrayBuffer, data: ArrayBuffer, signature: ArrayBuffer): Promise<boolean>
      }
    }
    config: object
  }) => Server
  readonly events: Readonly<
    Record<'EventQUICServerConnection' | 'EventQUICConnectionStream' | 'EventQUICConnectionStopped', { readonly name: string }>
  >
}

interface Logging {
  readonly default: new (name: string, level: number) => object
  readonly LogLevel: Readonly<Record<'WARN', number>>
}

const [QUIC, LOGGER]: readonly [string, string] = ['@matrixai/quic', '@matrixai/logger']

export const quic: Quic = (await import(QUIC)) as Quic

const { default: Logger, LogLevel } = (await import(LOGGER)) as Logging
export const logger: object = new Logger('bench', LogLevel.WARN)

/** It has no way to name a cipher suite or a group; BoringSSL takes AES-128-GCM and X25519 first. */
export const CONFIG: object = {
  applicationProtos: [ALPN],
  maxIdleTimeout: IDLE_MILLIS,
  initialMaxData: CONNECTION_WINDOW,
  initialMaxStreamDataBidiLocal: STREAM_WINDOW,
  initialMaxStreamDataBidiRemote: STREAM_WINDOW,
  initialMaxStreamsBidi: STREAMS,
}

/** Writes the chunks, and ends the stream. */
export async function pour(stream: Stream, chunks: Iterable<Uint8Array>): Promise<void> {
  const writer = stream.writable.getWriter()
  for (const chunk of chunks) await writer.write(chunk)
  await writer.close()
}
