// A WebTransport session, the same on both sides. W3C WebTransport, "WebTransport Interface"; draft-ietf-webtrans-http3.
import { ChurnSet } from '@millrace/bytes'
import type { QuicSession, QuicStream } from '@millrace/quic'
import { encodeCapsule } from '../core/capsules/capsule.ts'
import { CapsuleReader } from '../core/capsules/capsule-reader.ts'
import type { FlowTerms } from '../core/webtransport/drafts.ts'
import {
  BIDI_SIGNAL,
  CAPSULES,
  CLOSE_SESSION_CAPSULE,
  type CloseInfo,
  DRAIN_SESSION_CAPSULE,
  decodeClose,
  encodeClose,
  SESSION_GONE,
  streamHeader,
  UNI_STREAM,
} from '../core/webtransport/wire.ts'
import { Http3Error } from '../core/wire/http3-error.ts'
import type { Http3Stream } from '../session/http3-stream.ts'
import { settled } from '../settled.ts'
import { WebTransportBidirectionalStream } from './bidirectional-stream.ts'
import { type DatagramSession, WebTransportDatagramDuplexStream } from './datagrams.ts'
import { invalidState, sessionError } from './error.ts'
import { FlowControl } from './flow-control.ts'
import { IncomingQueue } from './incoming-queue.ts'
import { sessionMaterial, wantedMaterial } from './keying-material.ts'
import { ASSUMED_DATAGRAM_SIZE, MAX_UNACCEPTED_STREAMS } from './limits.ts'
import { type Direction, openedStream } from './opened-stream.ts'
import { WebTransportReceiveStream } from './receive-stream.ts'
import { WebTransportSendGroup } from './send-group.ts'
import { placeOf } from './send-order.ts'
import { WebTransportSendStream, type WebTransportSendStreamOptions } from './send-stream.ts'
import { SendStreams } from './send-streams.ts'
import { type ArrivedStream, giveUp, type HubMember, type SessionHub } from './session-hub.ts'
import { connectionStats, type WebTransportConnectionStats } from './stats.ts'
import type { ReceivingShare } from './stream-shares.ts'

/** What a session runs on, once it is there. */
export interface SessionLink {
  readonly hub: SessionHub
  /** The CONNECT stream. */
  readonly stream: Http3Stream
}

/** What was agreed on. */
export interface Agreed {
  /** Empty where none was. */
  readonly protocol: string
  readonly headers: Headers | null
}

/** What is said of a session when it is made. */
export interface SessionSetup {
  /** Of the datagrams that arrive: `bytes` for a byte stream. Default: a stream of chunks. */
  readonly datagramsReadableType?: 'bytes' | undefined
  /** Others may share its connection. Default false. */
  readonly pooled?: boolean
}

/** A stream of the peer's that nobody has accepted, and what it uses of the session's credit. */
interface WaitingStream extends ArrivedStream {
  readonly share: ReceivingShare | null | undefined
}

/** A stream that has not ended, and who is told when the session does. */
interface OpenStream {
  readonly quic: QuicStream
  /** Bytes of the header that we wrote. */
  readonly headerSize: number
  readonly faces: readonly { sessionEnded(error: Error): void }[]
}

/** A WebTransport session: streams both ways, and datagrams. */
export class WebTransportSession implements HubMember {
  readonly #datagrams: WebTransportDatagramDuplexStream
  readonly #bidirectional: IncomingQueue<WaitingStream, WebTransportBidirectionalStream>
  readonly #unidirectional: IncomingQueue<WaitingStream, WebTransportReceiveStream>
  readonly #ready = settled<undefined>()
  readonly #draining = settled<undefined>()
  readonly #closed = settled<CloseInfo>()
  readonly #open = new ChurnSet<OpenStream>()
  readonly #sending = new SendStreams()
  readonly #pooled: boolean
  /** Null in drafts that have none. */
  #flow: FlowControl | null = null
  #link: SessionLink | null = null
  #agreed: Agreed = { protocol: '', headers: null }
  #ended = false
  /** It broke, or could not begin. */
  #broken = false
  #lastStats: WebTransportConnectionStats | null = null
  #closeReceived = false

  /** Made by `new WebTransport()` and by a request's `accept()`. */
  constructor({ datagramsReadableType, pooled = false }: SessionSetup = {}) {
    this.#pooled = pooled
    this.#datagrams = new WebTransportDatagramDuplexStream(this, this.#datagramSession(), datagramsReadableType)
    this.#bidirectional = new IncomingQueue(MAX_UNACCEPTED_STREAMS, (arrived) => this.#accepted(arrived))
    this.#unidirectional = new IncomingQueue(MAX_UNACCEPTED_STREAMS, ({ quic, rest, share }) => {
      const readable = new WebTransportReceiveStream(quic, rest, share)
      this.#track(quic, [readable], 0)
      return readable
    })
  }

  /** Resolves when the session is there; rejects with a WebTransportError if it cannot be. */
  get ready(): Promise<undefined> {
    return this.#ready.promise
  }

  /** Resolves when the session has ended in peace, with what was said; rejects with a WebTransportError if it broke. */
  get closed(): Promise<CloseInfo> {
    return this.#closed.promise
  }

  /** Resolves when the peer asks to come to an end: streams may still be opened. */
  get draining(): Promise<undefined> {
    return this.#draining.promise
  }

  /** Datagrams, both ways. */
  get datagrams(): WebTransportDatagramDuplexStream {
    return this.#datagrams
  }

  /** The application protocol agreed on; empty if there is none. */
  get protocol(): string {
    return this.#agreed.protocol
  }

  /** Client: the header fields of the response; null before it has come, and on servers. */
  get responseHeaders(): Headers | null {
    return this.#agreed.headers
  }

  /** Streams and datagrams, always: HTTP/2 is no way to get here. */
  get reliability(): 'pending' | 'supports-unreliable' {
    return this.#link === null ? 'pending' : 'supports-unreliable'
  }

  /** Streams in both directions that the peer opens. 256 wait for a reader; more are refused. */
  get incomingBidirectionalStreams(): ReadableStream<WebTransportBidirectionalStream> {
    return this.#bidirectional.readable
  }

  /** Streams that the peer opens to send. 256 wait for a reader; more are refused. */
  get incomingUnidirectionalStreams(): ReadableStream<WebTransportReceiveStream> {
    return this.#unidirectional.readable
  }

  /**
   * Opens a stream in both directions. Rejects with QuotaExceededError where the peer allows no more now, unless it is told to wait; TypeError for another
   * session's group; InvalidStateError when the session has ended, or does before.
   */
  async createBidirectionalStream(options: WebTransportSendStreamOptions = {}): Promise<WebTransportBidirectionalStream> {
    const { quic, sessionId } = await this.#openStream('bidi', options)
    const header = streamHeader(BIDI_SIGNAL, sessionId)
    const readable = new WebTransportReceiveStream(quic, NOTHING, this.#flow?.receiving(quic, 0))
    return this.#both(quic, readable, this.#sendStream(quic, header, options), header.length)
  }

  /** Opens a stream to send. Rejects as `createBidirectionalStream`. */
  async createUnidirectionalStream(options: WebTransportSendStreamOptions = {}): Promise<WebTransportSendStream> {
    const { quic, sessionId } = await this.#openStream('uni', options)
    const header = streamHeader(UNI_STREAM, sessionId)
    const writable = this.#sendStream(quic, header, options)
    this.#track(quic, [writable], header.length)
    return writable
  }

  /** A group for streams and datagrams, which shares equally with the others. Throws InvalidStateError once the session has ended. */
  createSendGroup(): WebTransportSendGroup {
    if (this.#ended) throw invalidState()
    return new WebTransportSendGroup(this)
  }

  /**
   * Bytes that both ends of this session get for the same label and context (up to 255 bytes each), and nobody else: 1 to 8160 of them. On servers, the
   * transport's option `exporter` must be set. Rejects with RangeError for other lengths, InvalidStateError where there is no such secret.
   * draft-ietf-webtrans-http3 section 4.8.
   */
  async exportKeyingMaterial(
    label: ArrayBuffer | ArrayBufferView,
    context: ArrayBuffer | ArrayBufferView,
    outputLength: number,
  ): Promise<Uint8Array> {
    const wanted = wantedMaterial(label, context, outputLength)
    const { hub, stream } = await this.#whenReady()
    return sessionMaterial(hub.h3.quic, Number(stream.id), wanted)
  }

  /** Ends the session; its streams are given up. `closeCode`: 0 to 4294967295; `reason`: the first 1024 bytes of UTF-8 are sent. */
  close({ closeCode = 0, reason = '' }: Partial<CloseInfo> = {}): void {
    if (this.#ended) return
    if (this.#link === null) {
      this.failed(sessionError('The session was closed before it was there.'))
      return
    }
    const info = { closeCode: closeCode >>> 0, reason }
    const { stream } = this.#link
    try {
      if (info.closeCode !== 0 || reason !== '') stream.writeSync(encodeCapsule(CLOSE_SESSION_CAPSULE, encodeClose(info)))
      stream.end()
    } catch {
      // The stream is gone already: there is nobody to tell.
    }
    // To stop the peer as well could overtake what was said; it ends the stream in turn (section 6).
    this.#end(info, null)
  }

  /** Asks the peer to come to an end, by a DRAIN capsule. draft-ietf-webtrans-http3 section 4.7. */
  async drain(): Promise<void> {
    const { stream } = await this.#whenReady()
    if (!this.#ended) stream.writeSync(encodeCapsule(DRAIN_SESSION_CAPSULE, NOTHING))
  }

  /** Counts of now, or of the end. Rejects with InvalidStateError where the session broke, or could not begin. */
  async getStats(): Promise<WebTransportConnectionStats> {
    if (!this.#ended) await this.#ready.promise.catch(() => undefined)
    if (this.#broken) throw invalidState()
    return this.#lastStats ?? this.#stats()
  }

  // ---- what the makers of sessions tell

  /** It is one of the newest draft, on this CONNECT stream, and has these limits, or null for none. For its maker alone. */
  limited(terms: FlowTerms | null, stream: Http3Stream): void {
    const violated = (error: Http3Error): void => this.#violated(stream, error)
    this.#flow = new FlowControl(terms, { say: (capsule) => sayOn(stream, capsule, violated), violated })
  }

  /** The session is there. For its maker alone. */
  begin(link: SessionLink, agreed: Agreed): void {
    if (this.#ended) {
      link.hub.remove(Number(link.stream.id))
      link.stream.destroy('H3_REQUEST_CANCELLED')
      return
    }
    this.#link = link
    this.#agreed = agreed
    this.#ready.resolve(undefined)
    void this.#readCapsules(link.stream)
  }

  /** It could not begin, or broke. For its maker alone. */
  failed(error: Error): void {
    this.#ready.reject(error)
    this.#end(null, error)
  }

  /** The connection comes to an end. For its maker alone. */
  drained(): void {
    this.#draining.resolve(undefined)
  }

  streamArrived(arrived: ArrivedStream): boolean {
    const { quic, headerSize } = arrived
    if (this.#ended || this.#flow?.streamArrived(quic) === false) return false
    const share = this.#flow?.receiving(quic, headerSize)
    return !this.#ended && (quic.direction === 'uni' ? this.#unidirectional : this.#bidirectional).push({ ...arrived, share })
  }

  #accepted({ quic, rest, share }: WaitingStream): WebTransportBidirectionalStream {
    return this.#both(quic, new WebTransportReceiveStream(quic, rest, share), this.#sendStream(quic, NOTHING, {}), 0)
  }

  #both(
    quic: QuicStream,
    readable: WebTransportReceiveStream,
    writable: WebTransportSendStream,
    headerSize: number,
  ): WebTransportBidirectionalStream {
    this.#track(quic, [readable, writable], headerSize)
    return new WebTransportBidirectionalStream(readable, writable)
  }

  #track(quic: QuicStream, faces: OpenStream['faces'], headerSize: number): void {
    const open = { quic, faces, headerSize }
    this.#open.add(open)
    const forget = (): boolean => this.#open.delete(open)
    quic.closed.then(forget, forget)
  }

  async #whenReady(): Promise<SessionLink> {
    if (!this.#ended) await this.#ready.promise.catch(() => undefined)
    if (this.#ended || this.#link === null) throw invalidState()
    return this.#link
  }

  /** The session may end while a stream waits for its place. */
  async #openStream(direction: Direction, options: WebTransportSendStreamOptions): Promise<{ quic: QuicStream; sessionId: number }> {
    placeOf(this, options)
    const { hub, stream } = await this.#whenReady()
    const quic = await this.#placed(hub.h3.quic, direction, options.waitUntilAvailable ?? false)
    if (!this.#ended) return { quic, sessionId: Number(stream.id) }
    giveUp(quic, SESSION_GONE)
    throw invalidState()
  }

  /** Both the session and the connection have to allow it. Section 5.3. */
  async #placed(quic: QuicSession, direction: Direction, wait: boolean): Promise<QuicStream> {
    await this.#flow?.takePlace(direction, wait)
    try {
      return await openedStream(quic, direction, wait)
    } catch (error) {
      this.#flow?.returnPlace(direction)
      throw error
    }
  }

  #sendStream(quic: QuicStream, header: Uint8Array, options: WebTransportSendStreamOptions): WebTransportSendStream {
    const writable = new WebTransportSendStream(quic, header, this, options, this.#flow?.sending(quic, header.length))
    this.#sending.add(writable, quic)
    return writable
  }

  #datagramSession(): DatagramSession {
    return {
      ready: this.#ready.promise,
      maxSize: () => this.#maxDatagramSize(),
      send: (payload) => !this.#ended && this.#link?.stream.sendDatagram(payload) === true,
      drained: async () => await this.#link?.hub.h3.quic.datagramsDrained(),
      lost: () => this.#link?.hub.h3.quic.stats.datagramsLost ?? 0,
      waitingStreams: () => this.#sending.waiting(),
    }
  }

  #stats(): WebTransportConnectionStats {
    return connectionStats(this.#link!.hub.h3.quic, this.datagrams.stats, this.#pooled)
  }

  #maxDatagramSize(): number {
    if (this.#link === null) return ASSUMED_DATAGRAM_SIZE
    const { hub, stream } = this.#link
    const quarter = Number(stream.id) / 4
    return Math.max(0, hub.h3.quic.maxDatagramSize - (quarter < 0x40 ? 1 : quarter < 0x4000 ? 2 : 4))
  }

  async #readCapsules(stream: Http3Stream): Promise<void> {
    const reader = new CapsuleReader({
      largest: (type) => CAPSULES.get(type) ?? this.#flow?.largest(type),
      capsule: (type, payload) => {
        if (type === DRAIN_SESSION_CAPSULE) this.drained()
        else if (type === CLOSE_SESSION_CAPSULE) this.#closedByPeer(stream, decodeClose(payload))
        else this.#flow!.capsuleReceived(type, payload)
      },
    })
    try {
      for (let chunk = await stream.read(); chunk !== null; chunk = await stream.read()) {
        // We closed it, and what the peer said before it knew is of no use.
        if (this.#ended && !this.#closeReceived) continue
        if (this.#closeReceived) throw new Http3Error('H3_MESSAGE_ERROR', 'more after the CLOSE capsule', 'stream')
        reader.push(chunk)
      }
      if (this.#ended) return
      reader.finish()
      this.#closedByPeer(stream, { closeCode: 0, reason: '' })
    } catch (error) {
      if (error instanceof Http3Error) stream.destroy(error.code)
      this.failed(sessionError(error instanceof Error ? error.message : 'The session broke.'))
    }
  }

  #violated(stream: Http3Stream, error: Http3Error): void {
    stream.destroy(error.code)
    this.failed(sessionError(error.message))
  }

  /** Section 6: we end the stream in turn. */
  #closedByPeer(stream: Http3Stream, info: CloseInfo): void {
    this.#closeReceived = true
    this.#end(info, null)
    try {
      stream.end()
    } catch {
      // It ended before.
    }
  }

  /** `info`: in peace; else `error`. Section 6: all streams are given up. */
  #end(info: CloseInfo | null, error: Error | null): void {
    if (this.#ended) return
    this.#ended = true
    if (error === null) this.#lastStats = this.#stats()
    else this.#broken = true
    if (this.#link !== null) this.#link.hub.remove(Number(this.#link.stream.id))
    const reason = error ?? sessionError('The session has ended.')
    this.#flow?.end()
    for (const { quic, faces, headerSize } of [...this.#open]) {
      for (const face of faces) face.sessionEnded(reason)
      giveUp(quic, SESSION_GONE, headerSize)
    }
    this.#open.clear()
    for (const queue of [this.#bidirectional, this.#unidirectional]) {
      for (let arrived = queue.shift(); arrived !== undefined; arrived = queue.shift()) giveUp(arrived.quic, SESSION_GONE)
      queue.end(error)
    }
    this.datagrams.ended(error)
    if (info === null) this.#closed.reject(reason)
    else this.#closed.resolve(info)
  }
}

/** A peer that takes none of what is said must not have it pile up. */
function sayOn(stream: Http3Stream, capsule: Uint8Array, violated: (error: Http3Error) => void): void {
  let isTaken = true
  try {
    isTaken = stream.writeSync(capsule)
  } catch {
    // The stream has ended, and the session hears of that by itself.
  }
  if (!isTaken) violated(new Http3Error('H3_EXCESSIVE_LOAD', 'capsules that the peer does not take', 'stream'))
}

const NOTHING: Uint8Array = new Uint8Array(0)
