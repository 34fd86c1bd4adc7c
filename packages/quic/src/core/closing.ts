// The end of a connection: closing after we said so, draining after the peer did. RFC 9000 section 10.2.

import { TRANSPORT_ERRORS } from './errors.ts'
import type { Instant } from './instant.ts'
import { AMPLIFICATION_FACTOR, MAX_CLOSE_INTERVAL, MAX_REASON_LENGTH } from './limits.ts'
import type { FrameOf } from './wire/frames/index.ts'

/** `finished`: nothing is left, not even the duty to stay silent. */
export type LifeState = 'open' | 'closing' | 'draining' | 'finished'

export class Closing {
  #state: LifeState = 'open'
  #frame: FrameOf<'connectionClose'> | null = null
  #until: Instant = 0
  #due = false
  #arrivals = 0
  #interval = 1
  /** Bytes that arrived since, bytes of the answers, and those of the datagram that said goodbye last. */
  #received = 0
  #answered = 0
  #size = 0

  get state(): LifeState {
    return this.#state
  }

  /** What we say to the peer, or null. */
  get frame(): FrameOf<'connectionClose'> | null {
    return this.#frame
  }

  /** Our own decision: says so, and again when packets keep coming, for three probe timeouts. */
  close(frame: FrameOf<'connectionClose'>, until: Instant): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#frame = { ...frame, reason: shorten(frame.reason) }
    this.#until = until
    this.#due = true
  }

  /** The peer's decision: silence for three probe timeouts, so that late packets find someone who knows them. */
  drain(until: Instant): void {
    if (this.#state !== 'open' && this.#state !== 'closing') return
    this.#state = 'draining'
    this.#until = until
    this.#due = false
  }

  finish(): void {
    this.#state = 'finished'
    this.#due = false
  }

  /**
   * A datagram of `bytes` arrived while closing: some are answered, ever fewer. They are not opened any more, so anyone may have sent them: all
   * answers together are no more than three times as long. RFC 9000 section 10.2.1.
   */
  arrived(bytes: number): void {
    if (this.#state !== 'closing') return
    this.#received += bytes
    if (++this.#arrivals < this.#interval || this.#answered + this.#size > AMPLIFICATION_FACTOR * this.#received) return
    this.#arrivals = 0
    this.#interval = Math.min(this.#interval * 2, MAX_CLOSE_INTERVAL)
    this.#due = true
  }

  get wantsToSend(): boolean {
    return this.#due
  }

  /** What there is to say went out, in a datagram of `bytes`. */
  sent(bytes: number): void {
    if (this.#size > 0) this.#answered += bytes
    this.#size = bytes
    this.#due = false
  }

  wakeAt(): Instant | null {
    return this.#state === 'closing' || this.#state === 'draining' ? this.#until : null
  }

  wake(now: Instant): void {
    if ((this.#state === 'closing' || this.#state === 'draining') && now >= this.#until) this.finish()
  }
}

/** What may be said before the peer has 1-RTT keys: nothing of the application's. RFC 9000 section 10.2.3. */
export function closeInHandshake(frame: FrameOf<'connectionClose'>): FrameOf<'connectionClose'> {
  if (frame.layer === 'transport') return frame
  return { type: 'connectionClose', layer: 'transport', code: BigInt(TRANSPORT_ERRORS.APPLICATION_ERROR), frameType: 0, reason: '' }
}

/** Whole characters alone: the phrase is UTF-8 on the wire. */
function shorten(reason: string): string {
  if (reason.length <= MAX_REASON_LENGTH / MOST_BYTES) return reason
  const bytes = new TextEncoder().encode(reason)
  if (bytes.length <= MAX_REASON_LENGTH) return reason
  let end = MAX_REASON_LENGTH - ELLIPSIS_LENGTH
  while ((bytes[end]! & 0xc0) === 0x80) end--
  return `${new TextDecoder().decode(bytes.subarray(0, end))}…`
}

const ELLIPSIS_LENGTH = 3
/** That UTF-8 takes for one of JavaScript's units. */
const MOST_BYTES = 3
