// How long data that is ready waits, and for what: the window or the pacer of the path in use (RFC 9002 sections 7 and 7.7), or the peer's credit
// (RFC 9000 section 4.1). Told once for each datagram that is made or not; it costs a comparison where nothing changes.
//
// Users act between the moments that a connection knows. Whoever begins to wait then is noted, and the wait begins with the next datagram that may be made,
// which is at once: the moment before could lie seconds back.
import type { Clock, Instant } from '../instant.ts'

/** What of a path holds data back. */
export type SendLimit = 'congestion' | 'pacing'

/** What a stream's data waits for: its turn and the path, the stream's own credit, or the connection's. */
export type Wait = 'none' | 'turn' | 'streamCredit' | 'connectionCredit'

/** What is kept with each stream. Written by `SendWaits` alone. */
export interface Waiting {
  wait: Wait
  /** Where the wait began: on the clock, or with `turn` on that of the full window; null while that is not known. */
  waitFrom: number | null
  /** Milliseconds of waits that are over. */
  congestionLimitedMillis: number
  creditLimitedMillis: number
}

/** What is kept with each path: milliseconds of waits that are over. Written by `SendWaits` alone. */
export interface LimitingPath {
  congestionLimitedMillis: number
  pacingLimitedMillis: number
}

export class SendWaits<T extends Waiting> {
  readonly #clock: Clock
  readonly #ended: Record<SendLimit, number> = { congestion: 0, pacing: 0 }
  #limit: SendLimit | null = null
  #path: LimitingPath | null = null
  #since: Instant = 0
  /** Those that began to wait after the last datagram; null before the first. */
  #noted: Set<T> | null = null
  #waitForConnection = 0
  /** Since when some do; null while that is not known, or none does. */
  #connectionSince: Instant | null = null
  #connectionEnded = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A datagram was made, or none: `limit` held back what was still to be sent, null where there was nothing or nothing did. */
  datagram(limit: SendLimit | null, path: LimitingPath, now: Instant): void {
    if (limit !== this.#limit || path !== this.#path) this.#change(limit, path, now)
    if (this.#noted !== null && this.#noted.size > 0) this.#stamp(this.#noted, now)
  }

  /** A stream has data, which waits for this; `none`: no longer, or it has none. */
  wait(stream: T, wait: Wait): void {
    if (wait === stream.wait) return
    if (stream.wait !== 'none') this.#end(stream)
    stream.wait = wait
    if (wait === 'none') return
    if (wait === 'connectionCredit') this.#waitForConnection++
    if (wait === 'turn' && this.#limit !== 'congestion') stream.waitFrom = this.#ended.congestion
    else this.#note(stream)
  }

  /** Milliseconds for which the path in use, and those before it, held something back. */
  limitedMillis(limit: SendLimit): number {
    return this.#ended[limit] + (this.#limit === limit ? this.#clock.now - this.#since : 0)
  }

  /** The same of one path. */
  pathLimitedMillis(limit: SendLimit, path: LimitingPath): number {
    const ended = limit === 'congestion' ? path.congestionLimitedMillis : path.pacingLimitedMillis
    return ended + (this.#limit === limit && this.#path === path ? this.#clock.now - this.#since : 0)
  }

  /** Milliseconds for which the connection's credit held some stream back. */
  get creditLimitedMillis(): number {
    return this.#connectionEnded + (this.#connectionSince === null ? 0 : this.#clock.now - this.#connectionSince)
  }

  /** Milliseconds for which a stream's data had to wait while the window was full. */
  streamCongestionMillis(stream: T): number {
    return stream.congestionLimitedMillis + (stream.wait === 'turn' ? this.#waited(stream) : 0)
  }

  /** Milliseconds for which a stream's data had to wait for credit, its own or the connection's. */
  streamCreditMillis(stream: T): number {
    return stream.creditLimitedMillis + (stream.wait === 'streamCredit' || stream.wait === 'connectionCredit' ? this.#waited(stream) : 0)
  }

  #change(limit: SendLimit | null, path: LimitingPath, now: Instant): void {
    if (this.#limit !== null) {
      const millis = now - this.#since
      this.#ended[this.#limit] += millis
      if (this.#limit === 'congestion') this.#path!.congestionLimitedMillis += millis
      else this.#path!.pacingLimitedMillis += millis
    }
    this.#limit = limit
    this.#path = path
    this.#since = now
  }

  #note(stream: T): void {
    this.#noted ??= new Set()
    this.#noted.add(stream)
  }

  #stamp(noted: Set<T>, now: Instant): void {
    for (const stream of noted)
      if (stream.wait !== 'none') stream.waitFrom ??= stream.wait === 'turn' ? this.limitedMillis('congestion') : now
    noted.clear()
    if (this.#waitForConnection > 0) this.#connectionSince ??= now
  }

  #end(stream: T): void {
    const millis = this.#waited(stream)
    if (stream.wait === 'turn') stream.congestionLimitedMillis += millis
    else stream.creditLimitedMillis += millis
    stream.waitFrom = null
    if (stream.wait !== 'connectionCredit' || --this.#waitForConnection > 0) return
    this.#connectionEnded = this.creditLimitedMillis
    this.#connectionSince = null
  }

  /** Milliseconds of the wait that goes on. */
  #waited({ wait, waitFrom }: T): number {
    if (waitFrom === null) return 0
    return (wait === 'turn' ? this.limitedMillis('congestion') : this.#clock.now) - waitFrom
  }
}
