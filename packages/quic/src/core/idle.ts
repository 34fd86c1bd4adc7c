// When a silent connection ends, and when it has to be kept from ending. RFC 9000 section 10.1.
import type { Instant } from './instant.ts'

export class IdleTimer {
  readonly #keepAliveMillis: number
  #timeoutMillis: number
  #since: Instant
  /** An ack-eliciting packet was sent since the last one arrived: only the first restarts the timer. */
  #sent = false
  #keptAt: Instant

  /** Zero switches either off. */
  constructor(timeoutMillis: number, keepAliveMillis: number, now: Instant) {
    this.#timeoutMillis = timeoutMillis
    this.#keepAliveMillis = keepAliveMillis
    this.#since = now
    this.#keptAt = now
  }

  get timeoutMillis(): number {
    return this.#timeoutMillis
  }

  /** The smaller of both sides' timeouts counts; zero means none. */
  usePeerTimeout(peerMillis: number): void {
    if (peerMillis === 0) return
    this.#timeoutMillis = this.#timeoutMillis === 0 ? peerMillis : Math.min(this.#timeoutMillis, peerMillis)
  }

  received(now: Instant): void {
    this.#since = now
    this.#sent = false
  }

  sent(now: Instant): void {
    this.#keptAt = now
    if (this.#sent) return
    this.#sent = true
    this.#since = now
  }

  /** `ptoMillis`: the timeout is three of those at least, so that a few losses do not end the connection. */
  expiresAt(ptoMillis: number): Instant | null {
    return this.#timeoutMillis === 0 ? null : this.#since + Math.max(this.#timeoutMillis, 3 * ptoMillis)
  }

  keepAliveAt(): Instant | null {
    return this.#keepAliveMillis === 0 ? null : Math.max(this.#keptAt, this.#since) + this.#keepAliveMillis
  }
}
