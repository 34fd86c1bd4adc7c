// How fast the path delivers: one sample for each ACK frame, from what stood in the books when the newest packet it acknowledges had left.
// draft-ietf-ccwg-bbr section 4.1. The state of a packet is six numbers in SentPacket: a sample allocates nothing.
import type { DeliverySample } from '../congestion/controller.ts'
import type { Instant } from '../instant.ts'
import type { SentPacket } from './sent-packet.ts'

export class DeliveryRate {
  /** Bytes acknowledged, and bytes lost, since the path began. */
  delivered = 0
  lost = 0
  #deliveredAt: Instant = 0
  /** When the newest packet acknowledged had left; after a pause, when the first one left. */
  #firstSentAt: Instant = 0
  /** Samples count as limited by the application until so many bytes are delivered; 0 when they do not. */
  #limitedUntil = 0
  /** Number of the newest packet that the present frame acknowledges; -1 if it has none yet. */
  #newest = -1
  #sendElapsed = 0
  #priorDeliveredAt: Instant = 0

  /** A packet that counts in flight leaves; `bytesInFlight` is with it. */
  packetSent(packet: SentPacket, bytesInFlight: number): void {
    if (bytesInFlight === packet.bytes) {
      this.#firstSentAt = packet.sentAt
      this.#deliveredAt = packet.sentAt
    }
    packet.firstSentAt = this.#firstSentAt
    packet.deliveredAt = this.#deliveredAt
    packet.delivered = this.delivered
    packet.lost = this.lost
    packet.bytesInFlight = bytesInFlight
    packet.applicationLimited = this.#limitedUntil !== 0
  }

  /** There was room and nothing to send: what is in flight now tells less than the path can do. */
  applicationLimited(bytesInFlight: number): void {
    this.#limitedUntil = Math.max(this.delivered + bytesInFlight, 1)
  }

  /** An ACK frame comes. */
  begin(): void {
    this.#newest = -1
  }

  packetAcknowledged(packet: SentPacket, sample: DeliverySample, now: Instant): void {
    this.delivered += packet.bytes
    this.#deliveredAt = now
    const isNewer = packet.sentAt > this.#firstSentAt || (packet.sentAt === this.#firstSentAt && packet.number > this.#newest)
    if (this.#newest >= 0 && !isNewer) return
    this.#newest = packet.last
    this.#sendElapsed = packet.sentAt - packet.firstSentAt
    this.#priorDeliveredAt = packet.deliveredAt
    this.#firstSentAt = packet.sentAt
    sample.priorDelivered = packet.delivered
    sample.applicationLimited = packet.applicationLimited
    sample.bytesInFlight = packet.bytesInFlight
    // Counts are made final below, when all of the frame is known.
    sample.lost = packet.lost
  }

  /** The frame is taken in, and the losses that it reveals. `minimumRtt` is the least round trip known. */
  finish(sample: DeliverySample, minimumRtt: number, now: Instant): void {
    if (this.#limitedUntil !== 0 && this.delivered > this.#limitedUntil) this.#limitedUntil = 0
    sample.totalDelivered = this.delivered
    sample.totalLost = this.lost
    sample.delivered = this.delivered - sample.priorDelivered
    sample.lost = this.lost - sample.lost
    // The slower of the two rates counts: acknowledgements may come compressed, packets cannot arrive faster than they leave.
    const interval = Math.max(this.#sendElapsed, now - this.#priorDeliveredAt)
    sample.rate = interval > 0 && interval >= minimumRtt ? sample.delivered / interval : 0
  }
}
