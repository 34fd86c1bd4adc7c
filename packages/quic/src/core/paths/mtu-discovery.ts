// Finds the largest datagram that a path carries: DPLPMTUD. RFC 8899, RFC 9000 section 14.3.
// A probe is a packet of PING and PADDING; its loss says that the path may not carry that size, and nothing of congestion (RFC 9000 section 14.4).
// None is sent before a datagram was full: a connection that asks and leaves has nothing to gain, and a probe and its answer are a third of what it sends.
import type { Instant } from '../instant.ts'
import { MIN_INITIAL_DATAGRAM } from '../limits.ts'

/** Probes of one size that are lost before the size counts as too large: MAX_PROBES of RFC 8899 section 5.1.2. */
const MAX_PROBES = 3

/** A search ends when less than this many bytes are left to gain. */
const LEAST_GAIN = 16

/** How long a finished search is good for: PMTU_RAISE_TIMER of RFC 8899 section 5.1.1. */
export const RAISE_MILLIS = 600_000

/** How long a path that swallowed large datagrams is left alone. An outage looks the same, so it is less than the above. */
export const BLACK_HOLE_MILLIS = 60_000

/** Rounds of loss, or probe timeouts in a row, in which no large datagram arrived: then the path carries none any more. RFC 8899 section 4.3. */
const BLACK_HOLE_LOSSES = 3
const BLACK_HOLE_TIMEOUTS = 2

export class MtuDiscovery {
  /** Bytes of UDP payload that the path is known to carry: PLPMTU. Every datagram of a QUIC path may have 1200. */
  size: number = MIN_INITIAL_DATAGRAM
  /** The largest size that may be tried, and the largest that did not fail: the search goes on between `size` and this. */
  #limit: number
  #candidate: number
  #lost = 0
  /** Number of the probe on its way; -1 if none is. */
  #probe = -1
  #probeSize = 0
  #state: 'idle' | 'permitted' | 'searching' | 'complete' = 'idle'
  #needed = false
  #raiseAt: Instant = Number.POSITIVE_INFINITY
  /** Large datagrams were lost in so many rounds since one arrived. */
  #lossRounds = 0
  #lossRoundAt: Instant = Number.NEGATIVE_INFINITY

  /** `limit` in bytes; 1200 or less leaves nothing to search. */
  constructor(limit: number) {
    this.#limit = limit
    this.#candidate = limit
  }

  /** The peer takes no larger datagrams than this. */
  limitTo(bytes: number): void {
    this.#limit = Math.min(this.#limit, bytes)
    this.#candidate = Math.min(this.#candidate, this.#limit)
  }

  /** May search from now on: the handshake is confirmed, or the path in use. */
  permit(): void {
    if (this.#state !== 'idle') return
    this.#state = 'permitted'
    if (this.#needed) this.#search()
  }

  /** There is something to gain: a datagram was full, or somebody asks how much one may hold. Returns whether a search began by that. */
  need(): boolean {
    this.#needed = true
    if (this.#state !== 'permitted') return false
    this.#search()
    return true
  }

  /** Size of the probe that is to be sent now; 0 if none is. The largest is tried first, since most paths carry it. */
  wanted(now: Instant): number {
    if (this.#state === 'complete' && now >= this.#raiseAt) this.#search()
    if (this.#state !== 'searching' || this.#probe >= 0) return 0
    return this.#probeSize
  }

  /** Whether this packet is the probe on its way. */
  isProbe(number: number): boolean {
    return number === this.#probe
  }

  sent(number: number): void {
    this.#probe = number
  }

  /** A packet arrived; `bytes` is its size. Returns whether `size` has changed. */
  delivered(number: number, bytes: number, now: Instant): boolean {
    if (bytes > MIN_INITIAL_DATAGRAM) this.#lossRounds = 0
    if (number !== this.#probe) return false
    this.#probe = -1
    this.#lost = 0
    this.#lossRounds = 0
    this.size = this.#probeSize
    this.#next(now)
    return true
  }

  /** A packet was lost; `bytes` is its size. Returns whether `size` has changed. */
  lost(number: number, bytes: number, now: Instant): boolean {
    if (number === this.#probe) {
      this.#probe = -1
      if (++this.#lost < MAX_PROBES) return false
      this.#lost = 0
      this.#candidate = this.#probeSize - 1
      this.#next(now)
      return false
    }
    if (bytes <= MIN_INITIAL_DATAGRAM || now === this.#lossRoundAt) return false
    this.#lossRoundAt = now
    return ++this.#lossRounds >= BLACK_HOLE_LOSSES && this.#fall(now)
  }

  /** Nothing at all was acknowledged for so many probe timeouts in a row. Returns whether `size` has changed. */
  silent(timeouts: number, now: Instant): boolean {
    return timeouts >= BLACK_HOLE_TIMEOUTS && this.#fall(now)
  }

  wakeAt(): Instant | null {
    return this.#state === 'complete' && this.#raiseAt !== Number.POSITIVE_INFINITY ? this.#raiseAt : null
  }

  #search(): void {
    this.#state = 'searching'
    this.#candidate = this.#limit
    this.#lost = 0
    this.#probeSize = this.#limit
    if (this.#limit <= this.size) this.#complete(Number.POSITIVE_INFINITY)
  }

  /** The next size: half way between what is known to pass and what is not known to fail. */
  #next(now: Instant): void {
    const gain = this.#candidate - this.size
    if (gain < LEAST_GAIN) this.#complete(this.size < this.#limit ? now + RAISE_MILLIS : Number.POSITIVE_INFINITY)
    else this.#probeSize = this.size + Math.ceil(gain / 2)
  }

  #complete(raiseAt: Instant): void {
    this.#state = 'complete'
    this.#raiseAt = raiseAt
  }

  #fall(now: Instant): boolean {
    this.#lossRounds = 0
    if (this.size <= MIN_INITIAL_DATAGRAM) return false
    this.size = MIN_INITIAL_DATAGRAM
    this.#probe = -1
    this.#complete(now + BLACK_HOLE_MILLIS)
    return true
  }
}
