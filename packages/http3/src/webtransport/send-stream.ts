// What we send on one stream. W3C WebTransport, "WebTransportSendStream Interface".
import type { QuicStream } from '@millrace/quic'
import { abortCode, asWebTransportError, streamError } from './error.ts'

/** Counts of a sending stream. */
export interface WebTransportSendStreamStats {
  /** Bytes that the application has written. */
  readonly bytesWritten: number
  /** Those of them that have left once at least. */
  readonly bytesSent: number
  /** Those of them that the peer has, without a gap. */
  readonly bytesAcknowledged: number
}

/** How a stream is sent beside the others of its session. */
export interface WebTransportSendStreamOptions {
  /** Higher goes first. The transport knows eight ranks: -4 and below are one, so are 3 and above. Default 0. */
  readonly sendOrder?: number
}

/** Ranks of the transport (RFC 9218 section 4.1): 0 goes first, 3 is that of an order of 0. */
const MIDDLE = 3
const LAST = 7

/** What we send on one stream. A write settles when there is room for more; closing settles when the peer has everything. */
export class WebTransportSendStream extends WritableStream<ArrayBuffer | ArrayBufferView> {
  readonly #quic: QuicStream
  readonly #headerSize: number
  readonly #fail: (error: Error) => void
  #sendOrder = 0

  /** Writes the stream's header. Made by sessions alone. */
  constructor(quic: QuicStream, header: Uint8Array, { sendOrder = 0 }: WebTransportSendStreamOptions = {}) {
    if (header.length > 0) quic.writeSync(header)
    let fail: (error: Error) => void = () => {}
    super({
      start: (controller) => {
        fail = (error) => controller.error(error)
        quic.onstopsending = (code) => controller.error(streamError('The peer wants no more.', code))
      },
      write: (chunk) => failingAsOurs(quic.write(bytesOf(chunk))),
      close: () => failingAsOurs(quic.end()),
      abort: (reason) => quic.resetStream(abortCode(reason)),
    })
    this.#quic = quic
    this.#fail = fail
    this.#headerSize = header.length
    if (sendOrder !== 0) this.sendOrder = sendOrder
  }

  /** Higher goes first among the streams of the connection; 0 unless it is set. */
  get sendOrder(): number {
    return this.#sendOrder
  }

  set sendOrder(order: number) {
    this.#sendOrder = order
    this.#quic.setPriority({ urgency: Math.min(LAST, Math.max(0, MIDDLE - Math.trunc(order))) })
  }

  /** Counts of now. */
  async getStats(): Promise<WebTransportSendStreamStats> {
    const { bytesSent, bytesUnsent, bytesAcknowledged } = this.#quic.stats
    const ours = (count: number): number => Math.max(0, count - this.#headerSize)
    return { bytesWritten: ours(bytesSent), bytesSent: ours(bytesSent - bytesUnsent), bytesAcknowledged: ours(bytesAcknowledged) }
  }

  /** The session has ended. For sessions alone. */
  sessionEnded(error: Error): void {
    this.#fail(error)
  }
}

/** The bytes as they are now: the application may change its own afterwards. */
function bytesOf(chunk: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength).slice()
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk.slice(0))
  throw new TypeError('A chunk must be an ArrayBuffer or a view of one.')
}

async function failingAsOurs(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    throw asWebTransportError(error)
  }
}
