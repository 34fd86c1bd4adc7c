// What we send on one stream. W3C WebTransport, "WebTransportSendStream Interface".
import type { UnderlyingSink } from 'node:stream/web'
import type { QuicStream } from '@millrace/quic'
import { AtomicChunk, AtomicWrites } from './atomic-writes.ts'
import { abortCode, asWebTransportError, streamError } from './error.ts'
import type { GroupMember, WebTransportSendGroup } from './send-group.ts'
import { ownGroup, placeOf, type SendPlace, type WebTransportSendOptions, wholeNumber } from './send-order.ts'
import { sendStreamStats, type WebTransportSendStreamStats } from './send-stream-stats.ts'
import type { SendingShare } from './stream-shares.ts'
import { WebTransportWriter } from './writer.ts'

/** How a stream is opened, and sent beside the others of its session. */
export interface WebTransportSendStreamOptions extends WebTransportSendOptions {
  /** Whether to wait where the peer allows no more streams now, instead of rejecting with QuotaExceededError. Default false. */
  readonly waitUntilAvailable?: boolean
}

/** What we send on one stream. A write settles when there is room for more; closing settles when the peer has everything. */
export class WebTransportSendStream extends WritableStream<ArrayBuffer | ArrayBufferView> {
  readonly #quic: QuicStream
  readonly #session: object
  readonly #sink: Outgoing
  readonly #member: GroupMember
  readonly #share: SendingShare | null
  #place: SendPlace

  /** Writes the stream's header. Made by sessions alone. Throws TypeError for another session's group. */
  constructor(
    quic: QuicStream,
    header: Uint8Array,
    session: object,
    options: WebTransportSendOptions = {},
    share: SendingShare | null = null,
  ) {
    const place = placeOf(session, options)
    quic.setPriority({ group: place.group ?? session, order: place.order })
    if (header.length > 0) quic.writeSync(header)
    const sink = new Outgoing(quic, header.length, share)
    super(sink, { highWaterMark: 1, size: (chunk) => sink.queued(chunk) })
    this.#quic = quic
    this.#session = session
    this.#sink = sink
    const counts = (): WebTransportSendStreamStats => sendStreamStats(quic.stats, header.length)
    this.#member = { counts, over: quic.closed }
    this.#share = share
    this.#place = place
    if (share !== null) share.order = place.order
    place.group?.join(this.#member)
  }

  /** The group that it is sent with; null for that of all that have none. Throws InvalidStateError for another session's. */
  get sendGroup(): WebTransportSendGroup | null {
    return this.#place.group
  }

  set sendGroup(group: WebTransportSendGroup | null) {
    const former = this.#place.group
    this.#move({ ...this.#place, group: ownGroup(this.#session, group) })
    if (former === group) return
    former?.leave(this.#member)
    group?.join(this.#member)
  }

  /** Higher goes first within its group; 0 unless it is set. Changes hold from the next packet on. */
  get sendOrder(): number {
    return this.#place.order
  }

  set sendOrder(order: number) {
    this.#move({ ...this.#place, order: wholeNumber(order) })
  }

  /** Counts of now. */
  async getStats(): Promise<WebTransportSendStreamStats> {
    return this.#member.counts()
  }

  /** A writer that can write as a whole, and for good, too. */
  override getWriter(): WebTransportWriter {
    return new WebTransportWriter(this, () => this.#sink.commit())
  }

  /** The session has ended. For sessions alone. */
  sessionEnded(error: Error): void {
    this.#sink.fail(error)
  }

  #move(place: SendPlace): void {
    this.#place = place
    if (this.#share !== null) this.#share.order = place.order
    this.#quic.setPriority({ group: place.group ?? this.#session, order: place.order })
  }
}

/** What is behind such a stream. */
class Outgoing implements UnderlyingSink<unknown> {
  readonly #quic: QuicStream
  /** Bytes of the stream that were written, its header among them, and those of them that are to arrive in any case. */
  #written: number
  #committed: number
  readonly #share: SendingShare | null
  readonly #atomic = new AtomicWrites()
  #controller!: WritableStreamDefaultController

  /** `headerSize`: bytes before the application's; `share`: of the session's credit, if that has limits. */
  constructor(quic: QuicStream, headerSize: number, share: SendingShare | null) {
    this.#quic = quic
    // The peer has to know whose stream it was. draft-ietf-webtrans-http3 section 4.4.
    this.#written = this.#committed = headerSize
    this.#share = share
  }

  start(controller: WritableStreamDefaultController): void {
    this.#controller = controller
    const stopped = (code: bigint): void => this.fail(streamError('The peer wants no more.', code))
    this.#quic.onstopsending = stopped
    // A write that waits for credit would keep an abort waiting.
    controller.signal.addEventListener('abort', () => this.abort(controller.signal.reason), { once: true })
  }

  /** The size of a chunk, which is asked for when it joins the line. */
  queued(chunk: unknown): number {
    this.#atomic.queued(chunk)
    return 1
  }

  async write(chunk: unknown): Promise<void> {
    this.#atomic.begun(chunk)
    if (chunk instanceof AtomicChunk) {
      if (chunk.refused === null) await this.#writeWhole(chunk)
    } else await this.#write(bytesOf(chunk))
  }

  close(): Promise<void> {
    return this.#orOurs(this.#quic.end())
  }

  abort(reason: unknown): void {
    this.#quic.resetStream(abortCode(reason), { reliableSize: this.#committed })
    this.#share?.over()
  }

  /** What has been written by now is to arrive in any case. */
  commit(): void {
    this.#committed = this.#written
  }

  fail(error: Error): void {
    this.#controller.error(error)
    this.#share?.over()
  }

  async #writeWhole(chunk: AtomicChunk): Promise<void> {
    const bytes = bytesOf(chunk.bytes)
    const room = Math.min(this.#quic.creditRoom, this.#share?.room ?? Number.POSITIVE_INFINITY)
    if (bytes.length <= room) return await this.#write(bytes)
    // What is written in the same turn waits behind it.
    await Promise.resolve()
    const error = new DOMException('Flow control lets less than that go now.', 'AbortError')
    if (!this.#atomic.refuse(chunk, error)) throw error
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#orOurs((this.#share ?? this.#quic).write(bytes))
    this.#written += bytes.length
  }

  async #orOurs(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      const { signal } = this.#controller
      throw signal.aborted ? signal.reason : asWebTransportError(error)
    }
  }
}

/** The bytes as they are now: the application may change its own afterwards. */
function bytesOf(chunk: unknown): Uint8Array {
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength).slice()
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk.slice(0))
  throw new TypeError('A chunk must be an ArrayBuffer or a view of one.')
}
