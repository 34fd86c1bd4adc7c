// What arrived in one packet-number space, and when to say so. RFC 9000 section 13.2.
import { RangeSet, type Writer } from '@millrace/bytes'
import type { SpaceName } from '../crypto/level.ts'
import type { Instant } from '../instant.ts'
import { writeAck } from '../wire/ack.ts'
import { AckPolicy } from './ack-policy.ts'
import { MAX_ACK_RANGES } from './limits.ts'

/** The max_ack_delay that RFC 9000 section 18.2 has for an endpoint which names none. */
export const MAX_ACK_DELAY_MILLIS = 25

/** What the two ECN bits of an IP header say. RFC 3168 section 5. */
export const ECN_CODEPOINTS = ['notEct', 'ect1', 'ect0', 'ce'] as const
export type EcnCodepoint = (typeof ECN_CODEPOINTS)[number]

export class ReceivedPackets {
  /** Largest packet number received; -1 when none. It outlives the ranges, since packet numbers are decoded against it. */
  largest = -1
  /** Datagrams by codepoint, as ACK frames report them. Section 13.4.1. */
  ect0 = 0
  ect1 = 0
  ce = 0

  /** What the peer wants of acknowledgements; the first two spaces do not ask. */
  policy: AckPolicy
  readonly #immediate: boolean
  #ranges = new RangeSet()
  /** Every number below was received, or will not be accepted any more. */
  #floor = 0
  #largestAt: Instant = 0
  #largestEliciting = -1
  #elicitingPending = 0
  /** When an ACK frame is due; Infinity while none is, which unlike null is a number to V8, and takes no new memory each time. */
  #ackAt: Instant = Number.POSITIVE_INFINITY

  /** Packets of the first two spaces are acknowledged at once, the rest within `maxAckDelayMillis`: what we told the peer. Section 13.2.1. */
  constructor(space: SpaceName, maxAckDelayMillis: number = MAX_ACK_DELAY_MILLIS) {
    this.#immediate = space !== 'application'
    this.policy = new AckPolicy(maxAckDelayMillis)
  }

  /** Whether the packet must be dropped: seen before, or so old that nobody remembers. Section 12.3. */
  isDuplicate(number: number): boolean {
    return number < this.#floor || (number <= this.largest && this.#ranges.has(number))
  }

  /** Notes a packet that was opened and processed in full, and is no duplicate. */
  record(number: number, ackEliciting: boolean, now: Instant, ecn: EcnCodepoint = 'notEct'): void {
    if (ecn === 'ect0') this.ect0++
    else if (ecn === 'ce') this.ce++
    else if (ecn === 'ect1') this.ect1++
    this.#ranges.add(number, number + 1)
    if (number > this.largest) {
      this.largest = number
      this.#largestAt = now
    }
    if (ackEliciting) this.#schedule(number, now, ecn === 'ce')
    if (this.#ranges.count > MAX_ACK_RANGES) this.#forgetBelow(this.#ranges.stop(0))
  }

  /** Notes `count` packets from `first` on, which is next to come, as `record` does one by one: all of them ask for an acknowledgement, none is marked. */
  recordRun(first: number, count: number, now: Instant, ecn: Exclude<EcnCodepoint, 'ce'>): void {
    if (ecn === 'ect0') this.ect0 += count
    else if (ecn === 'ect1') this.ect1 += count
    this.#ranges.add(first, first + count)
    this.largest = first + count - 1
    this.#largestAt = now
    this.#elicitingPending += count - 1
    // What is urgent about any of them is about the last: so many wait, and so long is what is missing before them.
    this.#schedule(this.largest, now, false)
    if (this.#ranges.count > MAX_ACK_RANGES) this.#forgetBelow(this.#ranges.stop(0))
  }

  /** Whether ack-eliciting packets wait for an ACK frame: any packet that is sent anyway should carry one. */
  get isPending(): boolean {
    return this.#elicitingPending > 0
  }

  /** Whether an ACK frame is due, even in a packet of its own. Ask after a whole batch of datagrams, so that they share one. */
  ackWantedNow(now: Instant): boolean {
    return this.#ackAt <= now
  }

  /** When an ACK frame becomes due; null while nothing waits for one. In the past if it is due already. */
  ackAt(): Instant | null {
    return this.#ackAt === Number.POSITIVE_INFINITY ? null : this.#ackAt
  }

  /**
   * Writes the ACK frame, newest ranges first, as many as fit. False, and nothing written, if there is nothing to state or no room.
   * `ackDelayExponent` is the one we told the peer (section 18.2); Initial and Handshake packets use 3.
   */
  write(writer: Writer, now: Instant, ackDelayExponent: number): boolean {
    if (this.#ranges.isEmpty) return false
    const delayMicros = Math.max(0, now - this.#largestAt) * 1000
    const ecn = this.ect0 + this.ect1 + this.ce > 0 ? this : null
    return writeAck(writer, this.#ranges, Math.floor(delayMicros / (1 << ackDelayExponent)), MAX_ACK_RANGES, ecn)
  }

  /** An ACK frame went out: nothing waits any more. What it stated is stated again in the next ones, until the peer has it. */
  acknowledgementSent(_now: Instant): void {
    this.#nothingPending()
    this.policy.acknowledged(this.largest)
  }

  /** The peer has an ACK frame of ours with this largest number: it and all below need not be stated again. Section 13.2.4. */
  forgetUpTo(largestAcknowledged: number): void {
    if (largestAcknowledged >= this.#floor) this.#forgetBelow(largestAcknowledged + 1)
  }

  /** The space is discarded: no packet comes any more, and only the counts stay. */
  retire(): void {
    this.#ranges = NONE
    this.policy = NO_POLICY
    this.#nothingPending()
  }

  #forgetBelow(floor: number): void {
    this.#ranges.remove(this.#floor, floor)
    this.#floor = floor
    // What waited to be acknowledged may be forgotten with the rest: an ACK frame that cannot be written must not stay due.
    if (this.#ranges.isEmpty) this.#nothingPending()
  }

  #nothingPending(): void {
    this.#elicitingPending = 0
    this.#ackAt = Number.POSITIVE_INFINITY
  }

  #schedule(number: number, now: Instant, congestionExperienced: boolean): void {
    this.#elicitingPending++
    const { policy } = this
    const isUrgent = policy.isUrgent(
      number,
      this.#elicitingPending,
      this.#largestEliciting,
      this.#floor,
      congestionExperienced,
      this.#ranges,
    )
    const due = this.#immediate || isUrgent ? now : now + policy.maxAckDelayMillis
    if (due < this.#ackAt) this.#ackAt = due
    this.#largestEliciting = Math.max(this.#largestEliciting, number)
  }
}

/** Of spaces that are discarded: nothing is ever put into them. */
const NONE: RangeSet = new RangeSet()
const NO_POLICY: AckPolicy = new AckPolicy(0)
