// A stream in both directions. W3C WebTransport, "WebTransportBidirectionalStream Interface".
import type { WebTransportReceiveStream } from './receive-stream.ts'
import type { WebTransportSendStream } from './send-stream.ts'

/** A stream in both directions. */
export class WebTransportBidirectionalStream {
  /** What the peer sends. */
  readonly readable: WebTransportReceiveStream
  /** What we send. */
  readonly writable: WebTransportSendStream

  /** Made by sessions alone. */
  constructor(readable: WebTransportReceiveStream, writable: WebTransportSendStream) {
    this.readable = readable
    this.writable = writable
  }
}
