// Spreads packets over the round trip: a token bucket. RFC 9002 section 7.7.
import type { Instant } from '../instant.ts'

/** Faster than the window strictly needs, so that a varying round trip leaves no gaps: N of RFC 9002 section 7.7. */
export const PACING_GAIN = 1.25

/** In slow start the window doubles in a round trip, so at 1.25 the pace would hold back what the window allows. */
export const SLOW_START_PACING_GAIN = 2

/** The bucket holds this much time's worth of tokens and a packet, so that a timer of 1 ms granularity that fires 1 ms late loses no rate. */
const BUCKET_MILLIS = 2
/** What a sender that must wait waits for: as many bytes as a timer's shortest period yields, but no longer train than one send call takes. */
const TRAIN_MILLIS = 1
const TRAIN_PACKETS = 40

export class Pacer {
  #maxDatagramSize: number
  #minimumBurst: number
  /** Bytes per millisecond. */
  #rate = Number.POSITIVE_INFINITY
  #capacity: number
  #tokens: number
  #filledAt: Instant = Number.NEGATIVE_INFINITY

  /** `initialWindow` may always leave at once after a pause, as long as it is no longer than one train. Both in bytes. */
  constructor(maxDatagramSize: number, initialWindow: number) {
    this.#maxDatagramSize = maxDatagramSize
    this.#minimumBurst = Math.min(initialWindow, TRAIN_PACKETS * maxDatagramSize)
    this.#capacity = this.#minimumBurst
    this.#tokens = this.#minimumBurst
  }

  /** Bytes per millisecond. */
  get rate(): number {
    return this.#rate
  }

  /** When the next packet may leave: not after `now` means at once. Packets that hold only ACK frames need not ask. */
  nextSendAt(now: Instant): Instant {
    this.#fill(now)
    if (this.#tokens >= this.#maxDatagramSize) return now
    const train = Math.min(this.#rate * TRAIN_MILLIS, TRAIN_PACKETS * this.#maxDatagramSize)
    return now + (Math.max(train, this.#maxDatagramSize) - this.#tokens) / this.#rate
  }

  /** Bytes that may leave at once; in debt below 0. */
  tokens(now: Instant): number {
    this.#fill(now)
    return this.#tokens
  }

  /** A packet that counts in flight has left. Probes leave unasked and may put the bucket into debt. */
  packetSent(size: number, now: Instant): void {
    this.#fill(now)
    this.#tokens = Math.max(this.#tokens - size, -this.#capacity)
  }

  /** Changes the rate from now on. `bytesPerMillisecond` is above 0, Infinity for no pacing. */
  paceAt(bytesPerMillisecond: number, now: Instant): void {
    this.#fill(now)
    this.#rate = bytesPerMillisecond
    const timely = bytesPerMillisecond * BUCKET_MILLIS + this.#maxDatagramSize
    this.#capacity = timely === Number.POSITIVE_INFINITY ? this.#minimumBurst : Math.max(this.#minimumBurst, timely)
  }

  /** The burst stays what it was, in datagrams. */
  datagramSizeChanged(maxDatagramSize: number): void {
    this.#minimumBurst *= maxDatagramSize / this.#maxDatagramSize
    this.#maxDatagramSize = maxDatagramSize
    this.#capacity = Math.max(this.#capacity, this.#minimumBurst)
  }

  #fill(now: Instant): void {
    if (now <= this.#filledAt) return
    // An infinite rate times no time at all is not a number; the early return above keeps that product away.
    this.#tokens = Math.min(this.#tokens + this.#rate * (now - this.#filledAt), this.#capacity)
    this.#filledAt = now
  }
}
