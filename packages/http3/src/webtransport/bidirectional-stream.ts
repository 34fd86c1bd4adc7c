// A stream in both directions. W3C WebTransport, "WebTransportBidirectionalStream Interface".
import type { WebTransportReceiveStream } from './receive-stream.ts'
import type { WebTransportSendStream } from './send-stream.ts'

/** A stream in both directions. */
export class WebTransportBidirectionalStream {
  readonly #readable: WebTransportReceiveStream
  readonly #writable: WebTransportSendStream

  /** Made by sessions alone. */
  constructor(readable: WebTransportReceiveStream, writable: WebTransportSendStream) {
    this.#readable = readable
    this.#writable = writable
  }

  /** What the peer sends. */
  get readable(): WebTransportReceiveStream {
    return this.#readable
  }

  /** What we send. */
  get writable(): WebTransportSendStream {
    return this.#writable
  }
}
