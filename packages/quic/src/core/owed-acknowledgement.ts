// An acknowledgement that waits until we have answered. What arrived with it goes to its reader first, and the first datagram of the answer leaves before
// recovery's books are brought up to date, which where nothing is in the processor's caches takes a tenth of an echo's time (docs/performance.md). It
// waits only where it changes nothing of what may be sent, and whoever asks for what it might change settles it first.
import type { Connection } from './connection.ts'
import type { Instant } from './instant.ts'
import { AckRanges } from './wire/ack.ts'

/** Datagrams that the congestion window must have room for besides what is in flight, so that the answer does not wait for what was acknowledged. */
const ROOM_DATAGRAMS = 2

/** One at a time for all connections of a thread: the next one's packet settles it. */
export class OwedAcknowledgement {
  /** Whose it is; null while there is none. */
  #connection: Connection | null = null
  /** A datagram was built since. */
  #answered = false
  #arrivedAt: Instant = 0
  #delayMillis = 0
  readonly #ranges = new AckRanges()

  /** Keeps what a 1-RTT packet acknowledges for later. False if it must be settled now. */
  hold(connection: Connection, ack: AckRanges, delayMillis: number, arrivedAt: Instant): boolean {
    if (ack.count !== 1 || !connection.handshakeConfirmed || connection.paths.isElsewhere) return false
    if (!connection.recovery.isCalm(ack.largest[0]!, ROOM_DATAGRAMS)) return false
    this.#connection = connection
    this.#answered = false
    this.#arrivedAt = arrivedAt
    this.#delayMillis = delayMillis
    const ranges = this.#ranges
    ranges.count = 1
    ranges.smallest[0] = ack.smallest[0]!
    ranges.largest[0] = ack.largest[0]!
    ranges.hasEcn = ack.hasEcn
    ranges.ect0 = ack.ect0
    ranges.ect1 = ack.ect1
    ranges.ce = ack.ce
    return true
  }

  /** Another datagram is asked for: the first one has left. */
  beforeBuilding(connection: Connection): void {
    if (this.#answered && this.#connection === connection) this.settle()
  }

  /** So long is the datagram that was built; 0 for none. Returns whether to try once more: what kept it from being built may be settled now. */
  built(connection: Connection, length: number): boolean {
    if (this.#connection !== connection) return false
    this.#answered = true
    if (length > 0) return false
    this.settle()
    return true
  }

  /** Brings the books up to date. */
  settle(): void {
    const connection = this.#connection
    if (connection === null) return
    this.#connection = null
    this.#answered = false
    connection.acknowledgementSettled(this.#ranges, this.#delayMillis, this.#arrivedAt)
  }
}
