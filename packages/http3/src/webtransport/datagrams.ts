// Datagrams of a session. W3C WebTransport, "WebTransportDatagramDuplexStream Interface".
import { IncomingQueue } from './incoming-queue.ts'
import { BUFFERED_DATAGRAMS } from './limits.ts'

/** Counts of datagrams. */
export interface WebTransportDatagramStats {
  /** Dropped since nobody read them in time and others came. */
  readonly droppedIncoming: number
  /** Dropped since they were older than `incomingMaxAge`. */
  readonly expiredIncoming: number
  /** Not sent: too large, or the session had no place for them. */
  readonly droppedOutgoing: number
}

/** What a session does for its datagrams. */
export interface DatagramHost {
  /** Bytes of the largest that can be sent now; 0 before the session is there. */
  maxSize(): number
  /** False: it was not sent. */
  send(payload: Uint8Array): boolean
  /** Settles when the session is there. */
  readonly ready: Promise<unknown>
}

interface Arrived {
  readonly payload: Uint8Array
  readonly at: number
}

/** The datagrams of a session, both ways. They may be lost, and overtake each other. */
export class WebTransportDatagramDuplexStream {
  /** Milliseconds after which a datagram that nobody read is dropped; null, the default, for never. */
  incomingMaxAge: number | null = null
  readonly #host: DatagramHost
  readonly #incoming: IncomingQueue<Arrived, Uint8Array>
  #writable: WritableStream<ArrayBuffer | ArrayBufferView> | null = null
  #dropped = 0
  #expired = 0
  #unsent = 0

  /** Made by sessions alone. */
  constructor(host: DatagramHost) {
    this.#host = host
    this.#incoming = new IncomingQueue<Arrived, Uint8Array>(BUFFERED_DATAGRAMS, (item) => (this.#isFresh(item) ? item.payload : null))
  }

  /** Those that arrive. */
  get readable(): ReadableStream<Uint8Array> {
    return this.#incoming.readable
  }

  /** Those to send; as `createWritable()`, the same each time. */
  get writable(): WritableStream<ArrayBuffer | ArrayBufferView> {
    this.#writable ??= this.createWritable()
    return this.#writable
  }

  /** Bytes of the largest datagram that can be sent now; larger ones are dropped. */
  get maxDatagramSize(): number {
    return this.#host.maxSize()
  }

  /** How many that arrived may wait for a reader, 1 and more; default 128. The oldest give way. */
  get incomingMaxBufferedDatagrams(): number {
    return this.#incoming.limit
  }

  set incomingMaxBufferedDatagrams(count: number) {
    this.#incoming.limit = Math.max(1, Math.trunc(count) || 1)
  }

  /** The older name of `incomingMaxBufferedDatagrams`. */
  get incomingHighWaterMark(): number {
    return this.incomingMaxBufferedDatagrams
  }

  set incomingHighWaterMark(count: number) {
    this.incomingMaxBufferedDatagrams = count
  }

  /** A stream for datagrams to send: each chunk is one. */
  createWritable(): WritableStream<ArrayBuffer | ArrayBufferView> {
    return new WritableStream({
      write: async (chunk) => {
        await this.#host.ready
        const payload = ArrayBuffer.isView(chunk) ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength) : new Uint8Array(chunk)
        if (!this.#host.send(payload)) this.#unsent++
      },
    })
  }

  /** Counts of now. For sessions alone. */
  get stats(): WebTransportDatagramStats {
    return { droppedIncoming: this.#dropped, expiredIncoming: this.#expired, droppedOutgoing: this.#unsent }
  }

  /** One has arrived. For sessions alone. */
  received(payload: Uint8Array): void {
    while (this.#incoming.length >= this.#incoming.limit && this.#incoming.shift() !== undefined) this.#dropped++
    this.#incoming.push({ payload, at: performance.now() })
  }

  /** The session has ended. For sessions alone. */
  ended(error: Error | null): void {
    this.#incoming.end(error)
  }

  #isFresh({ at }: Arrived): boolean {
    const isFresh = this.incomingMaxAge === null || performance.now() - at <= this.incomingMaxAge
    if (!isFresh) this.#expired++
    return isFresh
  }
}
