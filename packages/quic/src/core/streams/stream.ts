// One stream: its halves, and what of it waits to be told to the peer.

import type { Instant } from '../instant.ts'
import { DEFAULT_PRIORITY, type Priority } from './priority.ts'
import type { ReceiveStream } from './receive-stream.ts'
import type { Scheduled } from './schedule.ts'
import { type SendHost, SendStream } from './send-stream.ts'
import type { SendWaits, Wait, Waiting } from './send-waits.ts'
import { type Direction, direction } from './stream-id.ts'
import type { TurnTaker } from './turns.ts'

/** What a stream tells the set that it belongs to. */
export interface StreamSet {
  /** How long data had to wait. */
  readonly waits: SendWaits<Stream>
  /** There is something to send. */
  sendReady(stream: Stream): void
  /** Bytes were acknowledged, so that the buffer shrank. */
  sendProgressed(stream: Stream): void
  /** So many bytes were, for the first time. */
  acknowledged(bytes: number): void
  /** All was acknowledged, or the reset was: nothing more is sent. */
  sendEnded(stream: Stream): void
  /** It is time for its RESET_STREAM_AT. */
  resetDue(stream: Stream): void
}

export class Stream implements Scheduled, SendHost, Waiting {
  readonly id: number
  readonly direction: Direction
  /** Null on a unidirectional stream of the peer. */
  readonly send: SendStream | null
  /** Null on a unidirectional stream of ours. */
  readonly receive: ReceiveStream | null
  /** Some of its data arrived in 0-RTT, which an attacker can replay. RFC 9001 section 9.2. */
  early = false
  /** Whatever the owner keeps with the stream. */
  owner: unknown = null
  // When what happened to it: instants of the connection's clock; null for what has not happened.
  /** The first bytes of it left, or the end where there were none. */
  firstSentAt: Instant | null = null
  /** The first bytes of it arrived, or the end where there were none. */
  firstReceivedAt: Instant | null = null
  /** The peer has all that was sent, or knows that it was given up. */
  sendEndedAt: Instant | null = null
  /** All that the peer sent has arrived, or the word that it gave up. */
  receiveEndedAt: Instant | null = null
  readonly openedAt: Instant
  /** The owner waits for room or for the end. */
  progressWanted = false

  // Bookkeeping of the schedule; nobody else writes it.
  queued = false
  priority: Priority = DEFAULT_PRIORITY
  before: TurnTaker | null = null
  after: TurnTaker | null = null
  place = -1

  // Bookkeeping of the waits; nobody else writes it.
  wait: Wait = 'none'
  waitFrom: number | null = null
  congestionLimitedMillis = 0
  creditLimitedMillis = 0

  // Bookkeeping of the set of streams; nobody else writes it.
  /** The owner was told that it is readable, and has not found it empty since. */
  announced = false
  /** Beyond the limit of a server that refused the 0-RTT in which it was opened: waits for MAX_STREAMS. */
  held = false
  resetPending = false
  stopPending = false
  creditPending = false
  blockedPending = false

  readonly #set: StreamSet

  /** `sendLimit`: bytes that may be sent at first; null where only the peer sends. */
  constructor(id: number, set: StreamSet, sendLimit: number | null, receive: ReceiveStream | null, openedAt: Instant) {
    this.id = id
    this.direction = direction(id)
    this.#set = set
    this.send = sendLimit === null ? null : new SendStream(id, sendLimit, this)
    this.receive = receive
    this.openedAt = openedAt
  }

  sendReady(): void {
    this.#set.sendReady(this)
  }

  sendProgressed(): void {
    this.#set.sendProgressed(this)
  }

  acknowledged(bytes: number): void {
    this.#set.acknowledged(bytes)
  }

  sendEnded(): void {
    this.#set.sendEnded(this)
  }

  /** Milliseconds for which its data had to wait while the congestion window was full. */
  get congestionMillis(): number {
    return this.#set.waits.streamCongestionMillis(this)
  }

  /** Milliseconds for which its data had to wait for credit, its own or the connection's. RFC 9000 section 4.1. */
  get creditMillis(): number {
    return this.#set.waits.streamCreditMillis(this)
  }

  resetDue(): void {
    this.#set.resetDue(this)
  }

  get ended(): boolean {
    return (this.send === null || this.send.ended) && (this.receive === null || this.receive.ended)
  }
}
