// Datagrams of a session. W3C WebTransport, "WebTransportDatagramDuplexStream Interface".
import { performance } from 'node:perf_hooks'
import { WebTransportDatagramsWritable } from './datagrams-writable.ts'
import { invalidState } from './error.ts'
import { IncomingQueue } from './incoming-queue.ts'
import { BUFFERED_DATAGRAMS } from './limits.ts'
import { type DatagramHost, DatagramLine, OutgoingDatagrams } from './outgoing-datagrams.ts'
import { type WebTransportSendOptions, wholeNumber } from './send-order.ts'

/** Counts of datagrams. */
export interface WebTransportDatagramStats {
  /** Dropped since nobody read them in time and others came. */
  readonly droppedIncoming: number
  /** Dropped since they were older than `incomingMaxAge`. */
  readonly expiredIncoming: number
  /** Dropped since they were older than `outgoingMaxAge` before they could be sent. */
  readonly expiredOutgoing: number
  /** Sent, and declared lost: of the whole connection. RFC 9002 section 6.1. */
  readonly lostOutgoing: number
  /** Millrace's own. Not sent: too large, or the session had no place for them. */
  readonly droppedOutgoing: number
}

/** What the session does beside: its own part of the counts. */
export interface DatagramSession extends DatagramHost {
  /** Datagrams of the connection that were lost. */
  lost(): number
}

interface Arrived {
  readonly payload: Uint8Array
  readonly at: number
}

/** The datagrams of a session, both ways. They may be lost, and overtake each other. */
export class WebTransportDatagramDuplexStream {
  readonly #session: object
  readonly #host: DatagramSession
  readonly #incoming: IncomingQueue<Arrived, Uint8Array>
  readonly #outgoing: OutgoingDatagrams
  readonly #writables = new Set<WebTransportDatagramsWritable>()
  #incomingMaxAge: number | null = null
  #writable: WebTransportDatagramsWritable | null = null
  #dropped = 0
  #expired = 0
  #ended = false

  /** Made by sessions alone. `type`: `bytes` for a byte stream of those that arrive. */
  constructor(session: object, host: DatagramSession, type?: 'bytes') {
    this.#session = session
    this.#host = host
    this.#outgoing = new OutgoingDatagrams(host)
    this.#incoming = new IncomingQueue<Arrived, Uint8Array>(BUFFERED_DATAGRAMS, (item) => (this.#isFresh(item) ? item.payload : null), type)
  }

  /** Those that arrive, each a chunk. */
  get readable(): ReadableStream<Uint8Array> {
    return this.#incoming.readable
  }

  /** The older way to send: as `createWritable()`, the same each time. */
  get writable(): WebTransportDatagramsWritable {
    this.#writable ??= this.createWritable()
    return this.#writable
  }

  /** Bytes of the largest datagram that can be sent now; larger ones are dropped. */
  get maxDatagramSize(): number {
    return this.#host.maxSize()
  }

  /** Milliseconds after which a datagram that nobody read is dropped, above 0; null, the default, or 0 for never. Throws RangeError. */
  get incomingMaxAge(): number | null {
    return this.#incomingMaxAge
  }

  set incomingMaxAge(age: number | null) {
    this.#incomingMaxAge = checkedAge(age)
  }

  /** Milliseconds after which a datagram that could not be sent is dropped, above 0; null, the default, or 0 for never. Throws RangeError. */
  get outgoingMaxAge(): number | null {
    return this.#outgoing.maxAge
  }

  set outgoingMaxAge(age: number | null) {
    this.#outgoing.maxAge = checkedAge(age)
  }

  /** How many that arrived may wait for a reader, 1 and more; default 128. The oldest give way. */
  get incomingMaxBufferedDatagrams(): number {
    return this.#incoming.limit
  }

  set incomingMaxBufferedDatagrams(count: number) {
    this.#incoming.limit = checkedCount(count)
  }

  /** How many may wait to be sent, of each writable, before writing waits: 1 and more; default 64. */
  get outgoingMaxBufferedDatagrams(): number {
    return this.#outgoing.maxBuffered
  }

  set outgoingMaxBufferedDatagrams(count: number) {
    this.#outgoing.maxBuffered = checkedCount(count)
  }

  /** The older name of `incomingMaxBufferedDatagrams`. */
  get incomingHighWaterMark(): number {
    return this.incomingMaxBufferedDatagrams
  }

  set incomingHighWaterMark(count: number) {
    this.incomingMaxBufferedDatagrams = count
  }

  /** The older name of `outgoingMaxBufferedDatagrams`. */
  get outgoingHighWaterMark(): number {
    return this.outgoingMaxBufferedDatagrams
  }

  set outgoingHighWaterMark(count: number) {
    this.outgoingMaxBufferedDatagrams = count
  }

  /** A stream for datagrams to send: each chunk is one. Throws TypeError for another session's group, InvalidStateError once the session has ended. */
  createWritable(options: WebTransportSendOptions = {}): WebTransportDatagramsWritable {
    const line = new DatagramLine(this.#outgoing)
    const made: WebTransportDatagramsWritable = new WebTransportDatagramsWritable(this.#session, line, options, () =>
      this.#writables.delete(made),
    )
    if (this.#ended) throw invalidState()
    this.#writables.add(made)
    return made
  }

  /** Counts of now. For sessions alone. */
  get stats(): WebTransportDatagramStats {
    const { expired: expiredOutgoing, unsent: droppedOutgoing } = this.#outgoing
    const lostOutgoing = this.#host.lost()
    return { droppedIncoming: this.#dropped, expiredIncoming: this.#expired, expiredOutgoing, lostOutgoing, droppedOutgoing }
  }

  /** One has arrived. For sessions alone. */
  received(payload: Uint8Array): void {
    while (this.#incoming.length >= this.#incoming.limit && this.#incoming.shift() !== undefined) this.#dropped++
    this.#incoming.push({ payload, at: performance.now() })
  }

  /** The session has ended. For sessions alone. */
  ended(error: Error | null): void {
    this.#ended = true
    this.#incoming.end(error)
    for (const writable of this.#writables) writable.sessionEnded(error)
    this.#writables.clear()
  }

  #isFresh({ at }: Arrived): boolean {
    const isFresh = this.#incomingMaxAge === null || performance.now() - at <= this.#incomingMaxAge
    if (!isFresh) this.#expired++
    return isFresh
  }
}

function checkedAge(age: number | null): number | null {
  if (age === null) return null
  if (Number.isNaN(Number(age)) || age < 0) throw new RangeError(`An age is ${String(age)}; it may be 0 and more, or null.`)
  return Number(age) === 0 ? null : Number(age)
}

function checkedCount(count: number): number {
  return Math.max(1, wholeNumber(count))
}
