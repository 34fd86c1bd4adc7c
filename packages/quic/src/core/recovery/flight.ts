// What is in flight on a path, and what its congestion controller hears of it: sent, delivered, lost, in batches. RFC 9002 sections 7 and B.2.
import { type AckBatch, Batches, type CongestionController, type LossBatch } from '../congestion/controller.ts'
import type { Instant } from '../instant.ts'
import { DeliveryRate } from './delivery-rate.ts'
import { PACING_GAIN, Pacer, SLOW_START_PACING_GAIN } from './pacer.ts'
import { PeakInFlight } from './peak-in-flight.ts'
import type { RttEstimator } from './rtt.ts'
import type { SentPacket } from './sent-packet.ts'

export class Flight {
  readonly pacer: Pacer
  /** Packets that counted in flight, and those of them that were lost; probes of the path apart. */
  packetsSent = 0
  packetsLost = 0
  /** The congestion window that it began with. */
  readonly initialWindow: number
  readonly #rtt: RttEstimator
  readonly #delivery = new DeliveryRate()
  readonly #acked: AckBatch
  readonly #losses: LossBatch
  #controller: CongestionController
  #maxDatagramSize: number
  #bytes = 0
  readonly #peak = new PeakInFlight()
  #limitedSince: Instant | null = null
  /** One packet may leave beyond the window when a recovery period begins. RFC 9002 section 7.3.2. */
  #extraPacket = false
  /** Number of the last lost packet of the sweep. */
  #lastLost = -1

  constructor(controller: CongestionController, rtt: RttEstimator, maxDatagramSize: number, { acked, losses }: Batches = new Batches()) {
    this.#controller = controller
    this.initialWindow = controller.window
    this.#rtt = rtt
    this.#acked = acked
    this.#losses = losses
    this.#maxDatagramSize = maxDatagramSize
    this.pacer = new Pacer(maxDatagramSize, controller.window)
  }

  get controller(): CongestionController {
    return this.#controller
  }

  /** Another algorithm takes over, and learns the path anew: what is in flight stays, and is reported to it. */
  use(controller: CongestionController, now: Instant): void {
    controller.datagramSizeChanged(this.#maxDatagramSize)
    this.#controller = controller
    this.pace(now)
  }

  get maxDatagramSize(): number {
    return this.#maxDatagramSize
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Bytes that the window still admits. */
  room(): number {
    const room = Math.max(0, Math.floor(this.#controller.window) - this.#bytes)
    return this.#extraPacket ? Math.max(room, this.#maxDatagramSize) : room
  }

  /** Datagrams of the largest size that window and pacer let out now. */
  datagramsAdmitted(now: Instant): number {
    return Math.floor(Math.min(this.room(), this.pacer.tokens(now)) / this.#maxDatagramSize)
  }

  /** Sending stopped for want of data though there was room: until packets are sent again the window does not grow. RFC 9002 section 7.8. */
  applicationLimited(now: Instant): void {
    if (this.room() < this.#maxDatagramSize) return
    this.#limitedSince ??= now
    this.#delivery.applicationLimited(this.#bytes)
  }

  datagramSizeChanged(bytes: number): void {
    this.pacer.datagramSizeChanged(bytes)
    this.#maxDatagramSize = bytes
    this.#controller.datagramSizeChanged(bytes)
  }

  /** A packet that counts in flight has left. */
  packetSent(packet: SentPacket, now: Instant): void {
    // A probe is no part of what the controller decides about: RFC 9000 section 14.4.
    if (packet.size === 0) return
    if (this.#bytes === 0) this.#controller.sendingResumed?.(now)
    this.packetOfRun(packet)
    this.runSent(1, packet.size, now)
  }

  /** More have left behind one that counts, at the same moment: `runSent` tells of all of them. */
  packetOfRun(packet: SentPacket): void {
    this.#bytes += packet.bytes
    this.#peak.reached(this.#bytes)
    this.#delivery.packetSent(packet, this.#bytes)
  }

  runSent(packets: number, bytes: number, now: Instant): void {
    this.packetsSent += packets
    this.#limitedSince = null
    this.#extraPacket = false
    this.pacer.packetSent(bytes, now)
  }

  /** A packet that counted in flight is so no more, whatever the reason. */
  packetLeft(packet: SentPacket): void {
    this.#bytes -= packet.bytes
  }

  // ---- acknowledgements: begin, each packet, report

  beginAcknowledgement(): void {
    const acked = this.#acked
    acked.rtt = this.#rtt
    acked.bytes = 0
    acked.oldestSentAt = Number.POSITIVE_INFINITY
    acked.newestSentAt = Number.NEGATIVE_INFINITY
    acked.priorBytesInFlight = this.#bytes
    this.#delivery.begin()
  }

  packetAcknowledged(packet: SentPacket, now: Instant): void {
    if (packet.size === 0) return
    const acked = this.#acked
    acked.bytes += packet.bytes
    if (packet.sentAt < acked.oldestSentAt) acked.oldestSentAt = packet.sentAt
    if (packet.sentAt > acked.newestSentAt) acked.newestSentAt = packet.sentAt
    this.#delivery.packetAcknowledged(packet, acked.sample, now)
  }

  /** When the newest packet of the frame had left. */
  get newestSentAt(): Instant {
    return this.#acked.newestSentAt
  }

  /** The frame is taken in; `rttSample` is Infinity if it gave none. */
  reportAcknowledged(rttSample: number, now: Instant): void {
    const acked = this.#acked
    if (acked.bytes === 0) return
    acked.now = now
    acked.bytesInFlight = this.#bytes
    acked.applicationLimited = this.#limitedSince !== null
    acked.underused = 2 * this.#peak.bytes < this.#controller.window
    this.#peak.acknowledged(acked.newestSentAt, this.#bytes, now)
    acked.rttSample = rttSample
    this.#delivery.finish(acked.sample, this.#rtt.minimum, now)
    this.#controller.packetsAcknowledged(acked)
    if (this.#controller.holdsBack === true) this.#delivery.applicationLimited(this.#bytes)
  }

  // ---- losses: begin, each packet, report

  beginLosses(): void {
    this.#losses.bytes = 0
    this.#losses.runs = 0
    this.#losses.newestSentAt = Number.NEGATIVE_INFINITY
    this.#lastLost = -2
  }

  packetLost(packet: SentPacket): void {
    const losses = this.#losses
    this.packetsLost++
    this.#delivery.lost += packet.size
    losses.bytes += packet.size
    if (packet.number !== this.#lastLost + 1) losses.runs++
    this.#lastLost = packet.number
    if (packet.sentAt < losses.newestSentAt) return
    losses.newestSentAt = packet.sentAt
    losses.newestSize = packet.size
    losses.newestBytesInFlight = packet.bytesInFlight
    losses.applicationLimited = packet.applicationLimited
    // Made final in the report.
    losses.lostSinceNewest = packet.lost
  }

  /** The sweep is over. Returns whether the window shrank. */
  reportLost(now: Instant): boolean {
    const losses = this.#losses
    if (losses.bytes === 0) return false
    losses.now = now
    losses.bytesInFlight = this.#bytes
    losses.lostSinceNewest = this.#delivery.lost - losses.lostSinceNewest
    losses.totalDelivered = this.#delivery.delivered
    const before = this.#controller.window
    this.#controller.packetsLost(losses)
    const shrank = this.#controller.window < before
    if (shrank) this.#extraPacket = true
    return shrank
  }

  /** Until the round trip is measured, the initial window is pace enough. */
  pace(now: Instant): void {
    if (this.#rtt.firstSampleAt === null) return
    const controller = this.#controller
    const gain = controller.inSlowStart ? SLOW_START_PACING_GAIN : PACING_GAIN
    this.pacer.paceAt(controller.pacingRate ?? (gain * controller.window) / this.#rtt.smoothed, now)
  }
}
