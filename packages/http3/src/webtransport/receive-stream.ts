// What the peer sends on one stream. W3C WebTransport, "WebTransportReceiveStream Interface".
import type { UnderlyingByteSource } from 'node:stream/web'
import type { QuicStream } from '@millrace/quic'
import { abortCode, asWebTransportError, streamError } from './error.ts'
import type { ReceivingShare } from './stream-shares.ts'

/** Counts of a receiving stream. */
export interface WebTransportReceiveStreamStats {
  /** Bytes that arrived in order and out of it, the stream's header left out. */
  readonly bytesReceived: number
  /** Bytes that the application has read. */
  readonly bytesRead: number
}

/** The constructor of byte streams: the one of all kinds is not told apart by what it is given. */
const ByteStream: new (source: UnderlyingByteSource) => ReadableStream<Uint8Array<ArrayBuffer>> = ReadableStream

/** What the peer sends on one stream: a byte stream, which readers may bring memory of their own for (BYOB). What is not read is not credited to the peer. */
export class WebTransportReceiveStream extends ByteStream {
  readonly #incoming: Incoming
  readonly #fail: (error: Error) => void

  /** `rest`: what was read of the stream behind its header. Made by sessions alone. */
  constructor(quic: QuicStream, rest: Uint8Array, share: ReceivingShare | null = null) {
    const incoming = new Incoming(quic, rest, share)
    let fail: (error: Error) => void = () => {}
    const source: UnderlyingByteSource = {
      type: 'bytes',
      start: (controller) => {
        fail = (error) => controller.error(error)
        const reset = (code: bigint): void => {
          incoming.end(controller, streamError('The peer gave up sending.', code))
          // The reset is seen: the transport may forget the direction.
          quic.stopSending(code)
        }
        quic.onreset = reset
      },
      pull: (controller) => incoming.pull(controller),
      cancel: (reason) => {
        quic.stopSending(abortCode(reason))
        share?.over()
      },
    }
    super(source)
    this.#incoming = incoming
    this.#fail = fail
  }

  /** Counts of now. */
  async getStats(): Promise<WebTransportReceiveStreamStats> {
    return this.#incoming.stats
  }

  /** The session has ended. For sessions alone. */
  sessionEnded(error: Error): void {
    this.#fail(error)
  }
}

class Incoming {
  readonly #quic: QuicStream
  readonly #headerSize: number
  #rest: Uint8Array
  #bytesRead = 0
  readonly #share: ReceivingShare | null
  #pulling = false
  /** The reset that stands behind what is still to be handed on. */
  #reset: Error | null = null

  constructor(quic: QuicStream, rest: Uint8Array, share: ReceivingShare | null) {
    this.#quic = quic
    this.#rest = rest
    this.#share = share
    this.#headerSize = quic.stats.bytesRead - rest.length
  }

  get stats(): WebTransportReceiveStreamStats {
    return { bytesReceived: Math.max(this.#bytesRead, this.#quic.stats.bytesReceived - this.#headerSize), bytesRead: this.#bytesRead }
  }

  /** The peer gave up. What it delivered all the same is handed on first: it may be on its way, or wait. */
  end(controller: ReadableByteStreamController, error: Error): void {
    this.#share?.over()
    if (this.#pulling || this.#rest.length > 0) this.#reset = error
    else controller.error(error)
  }

  async pull(controller: ReadableByteStreamController): Promise<void> {
    this.#pulling = true
    try {
      await this.#pull(controller)
    } finally {
      this.#pulling = false
    }
    if (this.#reset !== null && this.#rest.length === 0) controller.error(this.#reset)
  }

  async #pull(controller: ReadableByteStreamController): Promise<void> {
    const request = controller.byobRequest
    const view = request?.view ?? null
    try {
      if (request === null || view === null) {
        const chunk = await this.#read()
        if (chunk === null) this.#close(controller)
        else controller.enqueue(chunk)
        return
      }
      const count = await this.#readInto(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
      if (count === null) this.#close(controller)
      request.respond(count ?? 0)
    } catch (error) {
      throw asWebTransportError(error)
    }
  }

  #close(controller: ReadableByteStreamController): void {
    if (this.#reset !== null) throw this.#reset
    controller.close()
  }

  async #read(): Promise<Uint8Array<ArrayBuffer> | null> {
    const chunk = this.#rest.length > 0 ? this.#rest : await this.#quic.read()
    this.#rest = NOTHING
    this.#count(chunk?.length ?? 0)
    // The stream takes the memory over: it must be the chunk's alone.
    return chunk === null ? null : new Uint8Array(chunk)
  }

  async #readInto(target: Uint8Array): Promise<number | null> {
    let count: number | null
    if (this.#rest.length > 0) {
      count = Math.min(this.#rest.length, target.length)
      target.set(this.#rest.subarray(0, count))
      this.#rest = this.#rest.subarray(count)
    } else count = await this.#quic.readInto(target)
    this.#count(count ?? 0)
    return count
  }

  #count(bytes: number): void {
    this.#bytesRead += bytes
    this.#share?.read(bytes)
  }
}

const NOTHING: Uint8Array = new Uint8Array(0)
