// When an acknowledgement is due at once: RFC 9000 section 13.2, until the peer asks otherwise with ACK_FREQUENCY and IMMEDIATE_ACK frames,
// draft-ietf-quic-ack-frequency section 6.
import type { RangeSet } from '@millrace/bytes'
import { TransportViolation } from '../errors.ts'
import type { AckFrequencyFrame } from '../wire/frames/ack-frequency.ts'

const ACK_FREQUENCY_TYPE = 0xaf
/** 2^14 ms, in microseconds: what max_ack_delay stays under. RFC 9000 section 18.2. */
const MAX_ACK_DELAY_LIMIT = 2 ** 14 * 1000

export class AckPolicy {
  /** Milliseconds that an acknowledgement may wait. */
  maxAckDelayMillis: number
  /** The next ack-eliciting packet is to be acknowledged at once, whatever else holds. */
  atOnce = false
  /** Ack-eliciting packets that may come without an acknowledgement: section 13.2.2 has one. */
  #threshold = 1
  #reorderingThreshold = 1
  #sequence = -1
  /** Largest number that an ACK frame of ours has stated. */
  #stated = -1
  #lastWasMarked = false

  constructor(maxAckDelayMillis: number) {
    this.maxAckDelayMillis = maxAckDelayMillis
  }

  /**
   * Takes what the peer asks for. `minAckDelayMicros` is the least delay that we declared, undefined if we do not know the frame. Throws
   * TransportViolation (PROTOCOL_VIOLATION) for a delay outside of what may be asked for.
   */
  follow(frame: AckFrequencyFrame, minAckDelayMicros: number | undefined): void {
    if (minAckDelayMicros === undefined) throw violation('which was not offered')
    if (frame.maxAckDelay < minAckDelayMicros || frame.maxAckDelay >= MAX_ACK_DELAY_LIMIT) {
      throw violation(`asks for a delay of ${frame.maxAckDelay} us; ${minAckDelayMicros} us is the least`)
    }
    // Overtaken by a later one.
    if (frame.sequence <= this.#sequence) return
    this.#sequence = frame.sequence
    this.#threshold = frame.threshold
    this.#reorderingThreshold = frame.reorderingThreshold
    this.maxAckDelayMillis = frame.maxAckDelay / 1000
  }

  /** An ACK frame went out that states up to this number. */
  acknowledged(largest: number): void {
    this.#stated = Math.max(this.#stated, largest)
    this.atOnce = false
  }

  /**
   * Whether an ack-eliciting packet is to be acknowledged at once. `pending` counts those that wait, it included; `largest` is the largest ack-eliciting
   * number before it; `floor` is the number below which nothing is known any more.
   */
  isUrgent(number: number, pending: number, largest: number, floor: number, marked: boolean, received: RangeSet): boolean {
    const isMarkNews = marked && (this.#threshold <= 1 || !this.#lastWasMarked)
    this.#lastWasMarked = marked
    return this.atOnce || pending > this.#threshold || isMarkNews || this.#isReordered(number, largest, floor, received)
  }

  /** Section 6.2. */
  #isReordered(number: number, largest: number, floor: number, received: RangeSet): boolean {
    const threshold = this.#reorderingThreshold
    if (threshold === 0) return false
    if (threshold === 1) return number < largest || !received.covers(Math.max(largest + 1, floor), number)
    if (number < largest && number <= this.#stated - threshold) return true
    // Below this, the ACK frames sent so far let the peer declare lost what is missing.
    const unreported = this.#stated < 0 ? floor : Math.max(floor, this.#stated - threshold + 1)
    const missing = firstMissing(received, unreported)
    return Math.max(number, largest) - missing >= threshold
  }
}

/** The least number from `from` on that was not received. */
function firstMissing(received: RangeSet, from: number): number {
  let missing = from
  for (let index = 0; index < received.count && received.start(index) <= missing; index++) missing = Math.max(missing, received.stop(index))
  return missing
}

function violation(what: string): TransportViolation {
  return new TransportViolation('PROTOCOL_VIOLATION', `ACK_FREQUENCY ${what}`, ACK_FREQUENCY_TYPE)
}
