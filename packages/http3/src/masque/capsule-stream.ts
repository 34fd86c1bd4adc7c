// What a tunnel runs on: the stream of a request over HTTP/3 or HTTP/2, or a connection of HTTP/1.1 that was upgraded. RFC 9297 section 3.
import type { StreamCode } from '../session/error.ts'

/** Bytes both ways, and HTTP datagrams beside them where there are such. `Http3Stream` is one. */
export interface CapsuleStream {
  /** Hears HTTP datagrams; never called where there are none. */
  ondatagram: ((payload: Uint8Array) => void) | undefined
  /** Bytes of the largest HTTP datagram that could be sent now; 0 where there are none. */
  readonly maxDatagramSize: number
  /** False if it cannot be sent. */
  sendDatagram(payload: Uint8Array): boolean
  /** The next bytes; null at the end. Rejects when the peer gave up. */
  read(): Promise<Uint8Array | null>
  /** Takes bytes; false if `drained` should be awaited before the next. Throws `HttpError` when the stream has ended. */
  writeSync(chunk: Uint8Array): boolean
  /** Resolves when there is room for more; rejects when there will be none. */
  drained(): Promise<void>
  /** Ends this side's bytes. Throws `HttpError` when the stream is gone. */
  end(): void
  /** Wants no more of the peer's bytes. */
  stopSending(code: StreamCode): void
  /** Gives both directions up. */
  destroy(code: StreamCode): void
}
