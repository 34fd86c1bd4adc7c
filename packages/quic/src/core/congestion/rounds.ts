// Counts round trips by what was delivered, not by the clock: a round ends when a packet is acknowledged that left after it began.
// draft-ietf-ccwg-bbr section 5.5.1.
import type { DeliverySample } from './controller.ts'

export class Rounds {
  count = 0
  /** The last ACK frame ended a round. */
  started = false
  #endsAt = 0

  /** A new round begins with what leaves from now on; it is not counted. */
  restart(totalDelivered: number): void {
    this.#endsAt = totalDelivered
  }

  /** Takes an ACK frame. Returns whether it ended a round. */
  update(sample: Readonly<DeliverySample>): boolean {
    this.started = sample.priorDelivered >= this.#endsAt
    if (this.started) {
      this.#endsAt = sample.totalDelivered
      this.count++
    }
    return this.started
  }
}
