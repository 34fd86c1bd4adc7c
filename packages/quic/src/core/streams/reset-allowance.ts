// How often a peer may give streams up. Each stream that is opened and reset at once costs it a few bytes and us, and whoever handles the stream, far more
// ("rapid reset", CVE-2023-44487 in HTTP/2). RFC 9000 section 21.9 has endpoints track such cost and end the connection where it is excessive.
import { TransportViolation } from '../errors.ts'
import type { Instant } from '../instant.ts'
import { RESETS_AT_ONCE, RESETS_PER_SECOND } from '../limits.ts'

/** A bucket that fills with time: each stream that the peer resets, unless we asked for that, or stops takes one from it. */
export class ResetAllowance {
  readonly #most: number
  #left: number
  #at: Instant = Number.NEGATIVE_INFINITY

  /** `streams`: how many the peer may have open, all of which it may give up at once, both ways. */
  constructor(streams: number) {
    this.#most = RESETS_AT_ONCE + 2 * streams
    this.#left = this.#most
  }

  /** Throws PROTOCOL_VIOLATION when there were too many. */
  take(now: Instant): void {
    if (now > this.#at) {
      this.#left = Math.min(this.#most, this.#left + ((now - this.#at) * RESETS_PER_SECOND) / 1000)
      this.#at = now
    }
    if (this.#left < 1) throw new TransportViolation('PROTOCOL_VIOLATION', 'streams are given up faster than anyone can have use for')
    this.#left--
  }
}
