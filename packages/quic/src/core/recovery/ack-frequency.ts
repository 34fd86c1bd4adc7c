// Asks the peer to acknowledge less often, where that is enough: four times a round trip. draft-ietf-quic-ack-frequency sections 4, 7 and 8.
import type { Writer } from '@millrace/bytes'
import type { Instant } from '../instant.ts'
import { put } from '../streams/stream-control.ts'
import type { AckFrequencyFrame } from '../wire/frames/ack-frequency.ts'
import { MAX_ACK_DELAY_MILLIS } from './received-packets.ts'
import type { SentPacket } from './sent-packet.ts'

/** Acknowledgements that a sender needs in a round trip: draft-ietf-ccwg-bbr section 4.1.3.3. */
const ACKS_PER_ROUND_TRIP = 4
/** Most packets without an acknowledgement, lest a lost ACK frame stop a sender for long. */
const MAX_THRESHOLD = 20
/** A change of what is wanted is worth a frame when it is so many times more or less. */
const WORTHWHILE = 1.5

const NONE: readonly AckFrequencyFrame[] = []

export class AckFrequency {
  readonly #wanted: boolean
  /** The least delay that the peer can be asked for, in microseconds; null while it is not known to take such frames. */
  #minimumMicros: number | null = null
  /** Milliseconds: what the peer declared, then what it was asked for and has acknowledged. */
  #agreedMillis: number = MAX_ACK_DELAY_MILLIS
  /** Asked for, and not known to have arrived. */
  #unconfirmed: readonly AckFrequencyFrame[] = NONE
  #latest: AckFrequencyFrame | null = null
  #pending = false
  #askedAt: Instant = Number.NEGATIVE_INFINITY

  /** `wanted`: whether to ask at all. */
  constructor(wanted: boolean) {
    this.#wanted = wanted
  }

  /** The peer's transport parameters: milliseconds, and microseconds if it takes part. */
  usePeer(maxAckDelayMillis: number, minAckDelayMicros: number | undefined): void {
    this.#agreedMillis = maxAckDelayMillis
    this.#minimumMicros = minAckDelayMicros ?? null
  }

  /** The peer knows ACK_FREQUENCY and IMMEDIATE_ACK. */
  get isSupported(): boolean {
    return this.#minimumMicros !== null
  }

  /** The longest that the peer may delay: the greatest of what is agreed and what is under way. Section 7. */
  get maxAckDelayMillis(): number {
    let most = this.#agreedMillis
    for (const frame of this.#unconfirmed) most = Math.max(most, frame.maxAckDelay / 1000)
    return most
  }

  /** Window and datagram size are in bytes, the round trip in milliseconds, the threshold in packets. */
  update(window: number, datagramSize: number, roundTrip: number, packetThreshold: number, now: Instant): void {
    if (!this.#wanted || this.#minimumMicros === null || now < this.#askedAt + roundTrip) return
    const threshold = Math.max(1, Math.min(Math.floor(window / datagramSize / ACKS_PER_ROUND_TRIP), MAX_THRESHOLD))
    const quarter = Math.round((roundTrip * 1000) / ACKS_PER_ROUND_TRIP)
    const maxAckDelay = Math.max(this.#minimumMicros, Math.min(quarter, MAX_ACK_DELAY_MILLIS * 1000))
    const latest = this.#latest
    if (
      latest !== null &&
      latest.reorderingThreshold === packetThreshold &&
      isNear(latest.threshold, threshold) &&
      isNear(latest.maxAckDelay, maxAckDelay)
    )
      return
    this.#latest = {
      type: 'ackFrequency',
      sequence: (latest?.sequence ?? -1) + 1,
      threshold,
      maxAckDelay,
      reorderingThreshold: packetThreshold,
    }
    this.#pending = true
    this.#askedAt = now
  }

  get wantsToSend(): boolean {
    return this.#pending
  }

  fill(packet: SentPacket, writer: Writer): void {
    if (this.#latest === null || !put(this.#latest, packet, writer)) return
    this.#pending = false
    if (!this.#unconfirmed.includes(this.#latest)) this.#unconfirmed = [...this.#unconfirmed, this.#latest]
  }

  delivered(frame: AckFrequencyFrame): void {
    if (!this.#unconfirmed.includes(frame)) return
    this.#agreedMillis = frame.maxAckDelay / 1000
    this.#unconfirmed = this.#unconfirmed.filter(({ sequence }) => sequence > frame.sequence)
  }

  lost(frame: AckFrequencyFrame): void {
    if (frame === this.#latest && this.#unconfirmed.includes(frame)) this.#pending = true
  }
}

function isNear(a: number, b: number): boolean {
  return a < b * WORTHWHILE && b < a * WORTHWHILE
}
