// A run of lost packets with nothing acknowledged between them. RFC 9002 section 7.6.2.
import type { Instant } from '../instant.ts'

/**
 * Fed in packet-number order. Each space has its own run, which section 7.6.2 permits: a packet of another space that was acknowledged
 * meanwhile does not interrupt it.
 */
export class LossRun {
  #startedAt: Instant | null = null

  /** One more ack-eliciting packet is lost. Returns the time from the sending of the run's first packet to that of this one. */
  extend(sentAt: Instant): number {
    this.#startedAt ??= sentAt
    return sentAt - this.#startedAt
  }

  /** A packet was acknowledged: the run is over. */
  interrupt(): void {
    this.#startedAt = null
  }
}
