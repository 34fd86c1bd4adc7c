// Where datagrams to send are written: each chunk is one. W3C WebTransport, "WebTransportDatagramsWritable Interface".
import type { DatagramLine } from './outgoing-datagrams.ts'
import type { WebTransportSendGroup } from './send-group.ts'
import { ownGroup, placeOf, type WebTransportSendOptions, wholeNumber } from './send-order.ts'

/** A stream for datagrams to send, which may be lost. Made by `createWritable()`. */
export class WebTransportDatagramsWritable extends WritableStream<ArrayBuffer | ArrayBufferView> {
  readonly #session: object
  readonly #line: DatagramLine
  readonly #fail: (error: Error) => void
  #writer: WritableStreamDefaultWriter<ArrayBuffer | ArrayBufferView> | null = null

  /** Made by sessions alone. Throws TypeError for another session's group. */
  constructor(session: object, line: DatagramLine, options: WebTransportSendOptions, over: () => void) {
    line.place = placeOf(session, options)
    let fail: (error: Error) => void = () => {}
    super({
      start(controller) {
        fail = (error) => controller.error(error)
      },
      write: (chunk) => line.write(chunk),
      close: () => line.close().then(over),
      abort() {
        line.clear()
        over()
      },
    })
    this.#session = session
    this.#line = line
    this.#fail = fail
  }

  /** The group that they are sent with; null for that of all that have none. Throws InvalidStateError for another session's. */
  get sendGroup(): WebTransportSendGroup | null {
    return this.#line.place.group
  }

  set sendGroup(group: WebTransportSendGroup | null) {
    this.#line.place = { ...this.#line.place, group: ownGroup(this.#session, group) }
  }

  /** Higher goes first within the group, before datagrams and streams of lower ones; 0 unless it is set. */
  get sendOrder(): number {
    return this.#line.place.order
  }

  set sendOrder(order: number) {
    this.#line.place = { ...this.#line.place, order: wholeNumber(order) }
  }

  /** As of any stream to write to. */
  override getWriter(): WritableStreamDefaultWriter<ArrayBuffer | ArrayBufferView> {
    this.#writer = super.getWriter()
    return this.#writer
  }

  /** The session has ended, in peace if there is no error. For sessions alone. */
  sessionEnded(error: Error | null): void {
    this.#line.clear()
    if (error !== null) this.#fail(error)
    // Who writes hears of the end, but by a pipe, which would not let go.
    else (this.locked ? this.#writer : this)?.close().catch(() => this.#fail(new DOMException('The session has ended.', 'AbortError')))
  }
}
