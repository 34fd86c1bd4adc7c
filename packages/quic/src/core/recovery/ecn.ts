// Whether the path in use carries ECN marks and the peer reports them: tested with the first packets, believed when the counts add up, given up when they do
// not. RFC 9000 section 13.4.2 and appendix A.4.
import type { Instant } from '../instant.ts'
import type { AckRanges } from '../wire/ack.ts'
import type { EcnMarks } from './ecn-marks.ts'

/** The ECN field of the IP header. RFC 3168 section 5. */
export const NOT_ECT = 0
/** Congestion Experienced. */
export const CE = 3
/** What we mark with. ECT(1) is L4S's (RFC 9331), whose senders answer marks otherwise than we do. */
export const ECT_0 = 2

/** Packets are marked in `testing` and `capable`. `off`: this end does not want to, or its socket cannot. */
export type EcnState = 'off' | 'testing' | 'unknown' | 'capable' | 'failed'

/** A test ends after so many marked packets, or so many probe timeouts: a path that drops them shall not hold the connection up. Section 13.4.2. */
const TEST_PACKETS = 10
const TEST_TIMEOUTS = 3

export class PathEcn {
  #state: EcnState
  /** Marked packets of the test: how many left, and of how many the fate is known. */
  #tested = 0
  #settled = 0
  #testUntil: Instant = Number.POSITIVE_INFINITY

  constructor(enabled: boolean) {
    this.#state = enabled ? 'testing' : 'off'
  }

  get state(): EcnState {
    return this.#state
  }

  /** How to mark the next datagram. */
  codepoint(now: Instant): number {
    if (this.#state === 'capable') return ECT_0
    if (this.#state !== 'testing') return NOT_ECT
    if (this.#tested < TEST_PACKETS && now < this.#testUntil) return ECT_0
    this.#state = 'unknown'
    this.#judge()
    return NOT_ECT
  }

  /** A marked packet left. */
  sent(now: Instant, ptoMillis: number): void {
    if (this.#state !== 'testing') return
    if (this.#tested === 0) this.#testUntil = now + TEST_TIMEOUTS * ptoMillis
    this.#tested++
  }

  /** A marked packet was lost. */
  lost(): void {
    this.#settled++
    this.#judge()
  }

  /** Nobody will hear what became of `count` marked packets: the test is that much shorter. */
  forgotten(count: number): void {
    if (count === 0 || (this.#state !== 'testing' && this.#state !== 'unknown')) return
    this.#tested = Math.max(0, this.#tested - count)
    if (this.#tested < TEST_PACKETS) this.#test(this.#tested, Math.min(this.#settled, this.#tested))
  }

  /**
   * An ACK frame of a space newly acknowledges `marked` packets of ours that were marked. `isNewest`: it raises the largest acknowledged number; no other
   * may fail the path. Returns whether it tells of congestion: only the counts of a path that was found good are believed. RFC 9002 section 7.1.
   */
  acknowledged(marks: EcnMarks, ack: AckRanges, marked: number, isNewest: boolean): boolean {
    if (!isNewest) {
      this.forgotten(marked)
      return false
    }
    const isSound = marks.accept(ack, marked)
    if (this.#state === 'off' || this.#state === 'failed') return false
    if (!isSound) {
      this.#state = 'failed'
      return false
    }
    this.#settled += marked
    // All of them marked CE would mean that something on the way marks whatever it sees: one must have come through as it was.
    if (marks.newEct0 > 0 && marked > 0) this.#state = 'capable'
    else this.#judge()
    return this.#state === 'capable' && marks.newCe > 0
  }

  #test(tested: number, settled: number): void {
    this.#state = 'testing'
    this.#tested = tested
    this.#settled = settled
    this.#testUntil = Number.POSITIVE_INFINITY
  }

  /** The test is over without success: all of its packets were lost, or came marked CE. Appendix A.4. */
  #judge(): void {
    if (this.#state === 'testing' && this.#tested >= TEST_PACKETS) this.#state = 'unknown'
    if (this.#state === 'unknown' && this.#settled >= this.#tested) this.#state = 'failed'
  }
}
