// What a connection tells its owner, oldest first. Data is announced, not handed over: the owner pulls it, and only what was pulled gives the peer new credit.
import type { HandshakeResult } from './crypto/tls.ts'
import type { LocalSocket, RemoteAddress } from './paths/path-address.ts'
import type { Stream } from './streams/stream.ts'
import type { Direction } from './streams/stream-id.ts'

export type ConnectionEvent =
  | ({ readonly type: 'handshakeCompleted' } & HandshakeResult)
  /** What was sent in 0-RTT goes out again in 1-RTT. */
  | { readonly type: 'earlyDataRejected' }
  | { readonly type: 'handshakeConfirmed' }
  | { readonly type: 'ticketReceived'; readonly ticket: Uint8Array }
  /** A client may show it to the same server when it comes again, in the same version. RFC 9000 section 8.1.3. */
  | { readonly type: 'tokenReceived'; readonly token: Uint8Array; readonly version: number }
  | { readonly type: 'streamOpened'; readonly stream: Stream }
  /** Bytes, the end or a reset wait for the reader. Said once until the reader has found nothing more. */
  | { readonly type: 'streamReadable'; readonly stream: Stream }
  /** The peer gave up sending, whatever waited to be read, and we had not asked for it; with RESET_STREAM_AT, once what it promised has been read. */
  | { readonly type: 'streamReset'; readonly stream: Stream; readonly code: bigint }
  /** Written bytes were acknowledged, or given up. Said only to an owner who asked (`Stream.progressWanted`), and once. */
  | { readonly type: 'streamProgressed'; readonly stream: Stream }
  /** The peer asked us to stop sending; the stream was reset with the same code. */
  | { readonly type: 'streamStopped'; readonly stream: Stream; readonly code: bigint }
  /** Both halves have ended. */
  | { readonly type: 'streamEnded'; readonly stream: Stream }
  /** The peer allows more streams of ours. */
  | { readonly type: 'streamsAllowed'; readonly direction: Direction }
  /** Datagrams wait to be taken: all of them, since this is said once. RFC 9221. */
  | { readonly type: 'datagramsReceived' }
  /** Verdicts on datagrams that were sent wait to be taken. Said only to an owner who asked. */
  | { readonly type: 'datagramsSettled' }
  /** None waits to be sent any more. Said only to an owner who asked (`Datagrams.drainWanted`), and once. */
  | { readonly type: 'datagramsDrained' }
  | { readonly type: 'connectionIdIssued'; readonly connectionId: Uint8Array }
  | { readonly type: 'connectionIdRetired'; readonly connectionId: Uint8Array }
  /** What is sent goes another way now: the peer has moved, or we have. RFC 9000 section 9. */
  | { readonly type: 'pathChanged'; readonly local: LocalSocket; readonly remote: RemoteAddress }
  | {
      readonly type: 'pathValidation'
      readonly result: 'success' | 'failure'
      readonly local: LocalSocket
      readonly remote: RemoteAddress
    }
  /** An acknowledgement is overdue, and a probe follows: so many in a row. RFC 9002 section 6.2. */
  | { readonly type: 'probeTimedOut'; readonly count: number }
  /** No path leads through that socket any more. */
  | { readonly type: 'socketAbandoned'; readonly local: LocalSocket }
  | { readonly type: 'closed'; readonly reason: CloseReason }

/** How a connection ended. */
export type CloseReason =
  | {
      readonly type: 'closed'
      readonly initiator: 'local' | 'peer'
      readonly layer: 'transport' | 'application'
      readonly code: bigint
      readonly reason: string
      /** The defect of ours behind an INTERNAL_ERROR. */
      readonly cause?: unknown
    }
  | { readonly type: 'idleTimeout'; readonly afterMillis: number }
  /** The peer left the only address that was known to be its. RFC 9000 section 9.3.2. */
  | { readonly type: 'noPath' }
  | { readonly type: 'handshakeTimeout'; readonly afterMillis: number }
  | { readonly type: 'versionMismatch'; readonly offered: readonly number[] }
  /** The peer has lost its state. RFC 9000 section 10.3. */
  | { readonly type: 'statelessReset' }

/** The queue between the parts that state events and the owner who takes them. */
export class EventQueue {
  /** Those from `head` to `count` wait; a place is used again, since to cut the array costs more than what is in it. */
  #events: (ConnectionEvent | null)[] = new Array(FIRST_PLACES).fill(null)
  #head = 0
  #count = 0
  /** Hears each event when it happens; null if nobody listens. */
  observer: ((event: ConnectionEvent) => void) | null = null

  push(event: ConnectionEvent): void {
    if (this.observer !== null) this.observer(event)
    if (this.#count === this.#events.length) this.#events.push(event)
    else this.#events[this.#count] = event
    this.#count++
  }

  take(): ConnectionEvent | null {
    if (this.#head === this.#count) {
      if (this.#count > KEPT_PLACES) this.#events = []
      this.#head = this.#count = 0
      return null
    }
    const event = this.#events[this.#head]!
    this.#events[this.#head++] = null
    return event
  }
}

/** What a handshake needs at once; an array that grows from nothing has twice as many. */
const FIRST_PLACES = 8

/** A burst leaves no more of them behind. */
const KEPT_PLACES = 64
