// Whether the peer is at the other end of a path: challenges and the one answer that counts. RFC 9000 section 8.2.
import type { Writer } from '@millrace/bytes'
import type { Instant } from '../instant.ts'
import { MAX_PATH_CHALLENGES, MIN_INITIAL_DATAGRAM } from '../limits.ts'
import { encodeFrame, type Frame, frameSize } from '../wire/frames/index.ts'

/** Probe timeouts until an unanswered validation has failed. RFC 9000 section 8.2.4. */
const TIMEOUTS = 3

const CHALLENGE_LENGTH = 8

interface Challenge {
  readonly data: Uint8Array
  /** Its datagram was of 1200 bytes, so that the answer proves that the path carries those. */
  readonly full: boolean
  readonly sentAt: Instant
}

const NONE: readonly Challenge[] = []

/** `partial`: the peer is there, but whether the path carries QUIC's datagrams is not known yet. */
export type Answer = 'unknown' | 'partial' | 'complete'

export class PathValidation {
  readonly #random: (length: number) => Uint8Array
  #challenges: readonly Challenge[] = NONE
  #due = false
  #repeatAt: Instant = Number.POSITIVE_INFINITY
  #failAt: Instant = Number.POSITIVE_INFINITY
  #timeoutMillis = 0
  /** Between the challenge that was answered last and its answer, in milliseconds; null before. The answer may have come by another way. */
  roundTripMillis: number | null = null

  constructor(random: (length: number) => Uint8Array) {
    this.#random = random
  }

  get pending(): boolean {
    return this.#failAt !== Number.POSITIVE_INFINITY
  }

  /** Begins, or begins again. `timeoutMillis`: the larger of the present path's probe timeout and that of a path not measured yet. */
  start(now: Instant, timeoutMillis: number): void {
    this.#challenges = NONE
    this.#due = true
    this.#timeoutMillis = timeoutMillis
    this.#repeatAt = now + timeoutMillis
    this.#failAt = now + TIMEOUTS * timeoutMillis
  }

  stop(): void {
    this.#challenges = NONE
    this.#due = false
    this.#repeatAt = Number.POSITIVE_INFINITY
    this.#failAt = Number.POSITIVE_INFINITY
  }

  get wantsToSend(): boolean {
    return this.#due
  }

  /** Writes a challenge, of other data than any before, into a datagram that may become `size` bytes long. False if there is no room. */
  fill(writer: Writer, size: number, now: Instant): boolean {
    const frame: Frame = { type: 'pathChallenge', data: this.#random(CHALLENGE_LENGTH) }
    if (frameSize(frame) > writer.room) return false
    encodeFrame(frame, writer)
    const challenge = { data: frame.data, full: size >= MIN_INITIAL_DATAGRAM, sentAt: now }
    this.#challenges = [...this.#challenges, challenge].slice(-MAX_PATH_CHALLENGES)
    this.#due = false
    return true
  }

  /** A PATH_RESPONSE came, on whatever path. RFC 9000 section 8.2.3. */
  answered(data: Uint8Array, now: Instant): Answer {
    const challenge = this.#challenges.find((sent) => sent.data.every((byte, i) => byte === data[i]))
    if (challenge === undefined) return 'unknown'
    this.roundTripMillis = now - challenge.sentAt
    if (challenge.full) {
      this.stop()
      return 'complete'
    }
    // The limit of an address not validated kept the datagram small; now a full one may go. RFC 9000 section 8.2.1.
    this.#due = true
    return 'partial'
  }

  wakeAt(): Instant | null {
    const at = Math.min(this.#repeatAt, this.#failAt)
    return at === Number.POSITIVE_INFINITY ? null : at
  }

  /** Returns whether the validation has failed just now. */
  wake(now: Instant): boolean {
    if (now >= this.#failAt) {
      this.stop()
      return true
    }
    if (now >= this.#repeatAt) {
      this.#due = true
      this.#repeatAt = now + this.#timeoutMillis
    }
    return false
  }
}
