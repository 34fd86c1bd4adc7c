// Datagrams of a session that wait to be sent, and which of them goes next. W3C WebTransport, "writeDatagrams", "sendDatagrams" and "send-order rules".
import { performance } from 'node:perf_hooks'
import { BUFFERED_OUTGOING_DATAGRAMS, DATAGRAMS_AT_ONCE } from './limits.ts'
import type { SendPlace } from './send-order.ts'

/** What a session does for its datagrams. */
export interface DatagramHost {
  /** Bytes of the largest that can be sent now. */
  maxSize(): number
  /** False: it was not sent. */
  send(payload: Uint8Array): boolean
  /** Resolves when the transport has taken what it was given. */
  drained(): Promise<void>
  /** Settles when the session is there. */
  readonly ready: Promise<unknown>
  /** The highest order of the streams in each group that have something to send, and what tells that it may have changed; null for none. */
  waitingStreams(): WaitingStreams | null
}

/** Streams that may have to go first. */
export interface WaitingStreams {
  highest(group: SendPlace['group']): number
  moved(): Promise<unknown>
}

interface Waiting {
  readonly payload: Uint8Array
  readonly at: number
  readonly settle: () => void
}

/** Those of one writable, oldest first. */
export class DatagramLine {
  place: SendPlace = { group: null, order: 0 }
  readonly waiting: Waiting[] = []
  readonly #outgoing: OutgoingDatagrams
  #emptied: (() => void) | null = null

  constructor(outgoing: OutgoingDatagrams) {
    this.#outgoing = outgoing
  }

  /** Resolves when there is room for more. Rejects with TypeError for what is no bytes. */
  async write(chunk: unknown): Promise<void> {
    const payload = copied(chunk)
    if (payload.length > this.#outgoing.maxSize) {
      this.#outgoing.unsent++
      return
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.waiting.push({ payload, at: performance.now(), settle: resolve })
    if (this.waiting.length < this.#outgoing.maxBuffered) resolve()
    this.#outgoing.queued(this)
    await promise
  }

  /** Resolves when all have been sent, or have expired. */
  close(): Promise<void> {
    if (this.waiting.length === 0) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#emptied = resolve
    return promise
  }

  shift(): Waiting | undefined {
    const first = this.waiting.shift()
    first?.settle()
    if (this.waiting.length === 0) this.#emptied?.()
    return first
  }

  /** None of them is sent. */
  clear(): void {
    while (this.shift() !== undefined);
  }
}

/** All of a session's. */
export class OutgoingDatagrams {
  /** Milliseconds after which one that could not be sent is dropped; null for never. */
  maxAge: number | null = null
  /** Datagrams of one writable that may wait before its writer has to. */
  maxBuffered: number = BUFFERED_OUTGOING_DATAGRAMS
  /** Dropped since they were too old, and since they were too large or the session had no place for them. */
  expired = 0
  unsent = 0
  readonly #host: DatagramHost
  /** Lines with something in them, those whose turn comes first in front. */
  readonly #lines = new Set<DatagramLine>()
  #running = false

  constructor(host: DatagramHost) {
    this.#host = host
  }

  get maxSize(): number {
    return this.#host.maxSize()
  }

  /** A line has something to send. */
  queued(line: DatagramLine): void {
    this.#lines.add(line)
    if (!this.#running) void this.#run()
  }

  async #run(): Promise<void> {
    this.#running = true
    await this.#host.ready.catch(() => undefined)
    while (this.#lines.size > 0) {
      const streams = this.#host.waitingStreams()
      for (let sent = 0; sent < DATAGRAMS_AT_ONCE && this.#sendNext(streams); sent++);
      await this.#host.drained()
      if (streams !== null && this.#first(streams) === null && this.#lines.size > 0) await streams.moved()
    }
    this.#running = false
  }

  /** False: none may go now. */
  #sendNext(streams: WaitingStreams | null): boolean {
    this.#expire()
    const line = this.#first(streams)
    if (line === null) return false
    const { payload } = line.shift()!
    if (!this.#host.send(payload)) this.unsent++
    this.#served(line)
    return true
  }

  /** The first line that no higher order of its group, among datagrams and streams, goes before. */
  #first(streams: WaitingStreams | null): DatagramLine | null {
    const highest = new Map<SendPlace['group'], number>()
    for (const { place } of this.#lines) highest.set(place.group, Math.max(place.order, highest.get(place.group) ?? place.order))
    for (const line of this.#lines) {
      const { group, order } = line.place
      if (order === highest.get(group) && (streams === null || streams.highest(group) <= order)) return line
    }
    return null
  }

  /** The whole group has had its turn, and within it this line. */
  #served(line: DatagramLine): void {
    const { group } = line.place
    const others = [...this.#lines].filter((each) => each !== line && each.place.group === group)
    for (const each of [...others, line]) {
      this.#lines.delete(each)
      if (each.waiting.length > 0) this.#lines.add(each)
    }
  }

  #expire(): void {
    const { maxAge } = this
    const now = performance.now()
    for (const line of this.#lines) {
      while (maxAge !== null && line.waiting.length > 0 && now - line.waiting[0]!.at > maxAge) {
        line.shift()
        this.expired++
      }
      if (line.waiting.length === 0) this.#lines.delete(line)
    }
  }
}

/** The bytes as they are now: the application may change its own afterwards. */
function copied(chunk: unknown): Uint8Array {
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength).slice()
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk.slice(0))
  throw new TypeError('A datagram must be an ArrayBuffer or a view of one.')
}
