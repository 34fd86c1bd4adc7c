// Recovery: it knows what is in flight, learns what arrived, finds what was lost, and probes when all is silent. RFC 9002.

import type { CongestionController } from '../congestion/controller.ts'
import type { SpaceName } from '../crypto/level.ts'
import type { Instant } from '../instant.ts'
import { MIN_INITIAL_DATAGRAM } from '../limits.ts'
import type { AckRanges } from '../wire/ack.ts'
import { AckFrequency } from './ack-frequency.ts'
import { NOT_ECT, type PathEcn } from './ecn.ts'
import { EcnMarks, type EcnTotals, ecnTotals } from './ecn-marks.ts'
import type { Flight } from './flight.ts'
import { MAX_PACKET_THRESHOLD } from './limits.ts'
import { detectLosses, PACKET_THRESHOLD } from './loss-detection.ts'
import type { Pacer } from './pacer.ts'
import { PathRecovery, type PathRecoveryOptions } from './path-recovery.ts'
import { ProbeTimeout } from './probe-timeout.ts'
import type { NewController, RecoveryListener, RecoveryOptions } from './recovery-options.ts'
import { INITIAL_RTT_MILLIS, type RttEstimator } from './rtt.ts'
import type { SentPacket } from './sent-packet.ts'
import { concerns, Settlement } from './settlement.ts'
import { neverSent, SkippedNumbers } from './skipped-numbers.ts'
import { DISCARDED, SpaceState } from './space-state.ts'
import { newRecoveryStats, type RecoveryStats } from './stats.ts'

export type { NewController, RecoveryListener, RecoveryOptions } from './recovery-options.ts'

export class Recovery {
  /** How often the peer acknowledges. */
  readonly ackFrequency: AckFrequency
  readonly stats: RecoveryStats = newRecoveryStats()

  readonly #listener: RecoveryListener
  #initial: SpaceState
  #handshake: SpaceState
  readonly #probe: ProbeTimeout
  readonly #pathOptions: Pick<PathRecoveryOptions, 'initialRttMillis' | 'ecn' | 'batches'>
  #newController: NewController | null
  /** The path that packets leave by, and what is in flight on it. */
  #path: PathRecovery
  #flight: Flight
  readonly #skipped: SkippedNumbers
  readonly #discardedEcn = new EcnMarks()
  readonly #settlement: Settlement
  #packetThreshold: number
  #lossesFound = 0
  #persistentCongestionSeen = false

  constructor(options: RecoveryOptions, listener: RecoveryListener) {
    this.#packetThreshold = Math.max(options.packetThreshold ?? PACKET_THRESHOLD, PACKET_THRESHOLD)
    this.#listener = listener
    this.#settlement = new Settlement(listener)
    const {
      controller,
      newController = null,
      initialRttMillis = INITIAL_RTT_MILLIS,
      ecn = true,
      maxDatagramSize = MIN_INITIAL_DATAGRAM,
    } = options
    this.#pathOptions = { initialRttMillis, ecn, batches: options.batches }
    this.#newController = newController
    this.#initial = new SpaceState('initial', options.pile)
    this.#handshake = new SpaceState('handshake', options.pile)
    this.#path = new PathRecovery({ controller, maxDatagramSize, space: new SpaceState('application', options.pile), ...this.#pathOptions })
    this.#flight = this.#path.flight
    this.#skipped = new SkippedNumbers(options.random ?? null)
    this.ackFrequency = new AckFrequency(options.ackFrequency ?? false)
    this.#probe = new ProbeTimeout(options.isServer, this.#initial, this.#handshake, this.#path, this.ackFrequency)
    this.#probe.initialMillis = options.initialProbeTimeoutMillis ?? null
  }

  /** What is known of the path in use. */
  get path(): PathRecovery {
    return this.#path
  }

  get rtt(): RttEstimator {
    return this.#path.rtt
  }

  get ecn(): PathEcn {
    return this.#path.ecn
  }

  get controller(): CongestionController {
    return this.#flight.controller
  }

  get pacer(): Pacer {
    return this.#flight.pacer
  }

  /** Another algorithm takes over while the connection runs, on this path and on those that follow. What is in flight stays. */
  useController(controller: CongestionController, now: Instant, newController: NewController | null = null): void {
    this.#newController = newController
    this.#flight.use(controller, now)
  }

  /** For a path of which nothing is known, with datagrams of so many bytes. Its packets are numbered as those of all others. RFC 9000 section 9.4. */
  newPath(maxDatagramSize: number): PathRecovery {
    const controller = this.#newController?.(maxDatagramSize) ?? this.controller
    return new PathRecovery({ controller, maxDatagramSize, space: this.#path.space, ...this.#pathOptions })
  }

  /**
   * Packets leave by this path from now on. What becomes of those that left by another says nothing of it; and who returns to a path knows it still.
   * RFC 9000 section 9.4.
   */
  usePath(path: PathRecovery, now: Instant): void {
    if (path === this.#path) return
    if (path.flight.controller === this.controller) this.controller.reset()
    this.#path = path
    this.#flight = path.flight
    this.#probe.path = path
    this.#probe.relax()
    this.#probe.restart(now)
  }

  // ---- sending

  /** The next packet of a space, and of that of a path among those of 1-RTT; empty, and nothing is recorded until `commit`. */
  begin(space: SpaceName, path: PathRecovery = this.#path): SentPacket {
    const state = this.#space(space, path)
    if (state === path.space && this.#skipped.isDue(state.sent.next)) this.skipNumber(space)
    if (state.sent.isFull) this.#giveUpOldest(state)
    return state.sent.begin()
  }

  /** 1-RTT packets from the one begun on, that one included, before a number is left out again or the ledger is full: at least one. */
  get numbersInARow(): number {
    const { sent } = this.#application()
    return Math.min(this.#skipped.inARow(sent.next), sent.room)
  }

  /** The packet was sent by this path, `size` bytes long with header and tag. */
  commit(space: SpaceName, packet: SentPacket, size: number, now: Instant, path: PathRecovery = this.#path): void {
    const state = this.#space(space, path)
    const weight = packet.probing ? 0 : size
    state.sent.commit(packet, weight, now)
    // A pointer that is stored costs the collector's attention, even if it was there before.
    if (packet.path !== path) packet.path = path
    this.stats.packetsSent++
    this.stats.bytesSent += size
    if (packet.marked) {
      state.ecn.sent++
      if (path.ecn.state === 'testing') path.ecn.sent(now, this.#probe.duration(state))
    }
    if (!packet.inFlight) return
    path.flight.packetSent(packet, now)
    if (!packet.ackEliciting) return
    state.elicitingSent(1, now)
    this.#probe.restart(now)
  }

  /** The same of one packet of a run or more, `size` bytes of stream data each, by the path in use: `runSent` counts all of them. */
  commitOfRun(packet: SentPacket, size: number, now: Instant): void {
    this.#path.space.sent.commit(packet, size, now)
    if (packet.path !== this.#path) packet.path = this.#path
    this.#flight.packetOfRun(packet)
  }

  /** So many packets of one size were sent in a run, `marked` or not; the path is not being tested for marks. */
  runSent(count: number, size: number, marked: boolean, now: Instant): void {
    const { space } = this.#path
    this.stats.packetsSent += count
    this.stats.bytesSent += count * size
    if (marked) space.ecn.sent += count
    this.#flight.runSent(count, count * size, now)
    space.elicitingSent(count, now)
    this.#probe.restart(now)
  }

  /** Leaves out the next packet number of a space: a peer that acknowledges it lies. RFC 9000 section 21.4. */
  skipNumber(space: SpaceName): void {
    const { sent } = this.#space(space)
    if (sent.isFull) return
    this.#skipped.left(sent.next, this.controller.window / this.maxDatagramSize)
    sent.skip()
  }

  /** Largest packet number that the peer acknowledged in a space, -1 if none: what packet numbers are shortened against. */
  largestAcknowledged(space: SpaceName): number {
    return this.#space(space).largestAcknowledged
  }

  /** Bytes of the largest datagram that the path takes. */
  get maxDatagramSize(): number {
    return this.#flight.maxDatagramSize
  }

  get bytesInFlight(): number {
    return this.#flight.bytes
  }

  /** Whether a packet is out that the peer must acknowledge. What is in flight besides is padding. */
  get awaitsAcknowledgement(): boolean {
    return this.#initial.elicitingInFlight + this.#handshake.elicitingInFlight + this.#application().elicitingInFlight > 0
  }

  /** Packets later one must be acknowledged for a packet to count as lost: 3, and more once the path was seen to reorder. Section 6.1.1. */
  get packetThreshold(): number {
    return this.#packetThreshold
  }

  /** The ECN field of the next datagram. */
  ecnCodepoint(now: Instant): number {
    return this.controller.ignoresMarks === true ? NOT_ECT : this.ecn.codepoint(now)
  }

  /** ECN over all packet-number spaces. */
  ecnTotals(): EcnTotals {
    return ecnTotals([this.#discardedEcn, this.#initial.ecn, this.#handshake.ecn, this.#application().ecn])
  }

  /** Bytes that the congestion window still admits. Probes and packets that hold only an ACK frame need not ask. */
  congestionRoom(): number {
    return this.#application().sent.isFull ? 0 : this.#flight.room()
  }

  /**
   * Sending stopped for want of data, or of flow-control credit: until packets are sent again, the window does not grow. Call it after
   * every round of sending that ends so; a round that ends for want of window or of pacing tokens is not limited by the application.
   */
  applicationLimited(now: Instant): void {
    if (!this.#application().sent.isFull) this.#flight.applicationLimited(now)
  }

  // ---- acknowledgements

  /**
   * Takes an ACK frame, which arrived now or a little earlier. `ackDelayMillis` is its delay, decoded. Throws TransportViolation (PROTOCOL_VIOLATION) if
   * it acknowledges a packet that was never sent.
   */
  acknowledge(space: SpaceName, ack: AckRanges, ackDelayMillis: number, now: Instant, arrivedAt: Instant = now): void {
    const state = this.#space(space)
    if (state.discarded) return
    const largest = ack.largest[0]!
    if (largest >= state.sent.next) throw neverSent(largest)
    const claimed = state === this.#application() ? this.#skipped.claimed(ack) : -1
    if (claimed >= 0) throw neverSent(claimed)
    this.#recogniseSpurious(state, ack, now)
    const isNewest = largest > state.largestAcknowledged
    if (isNewest) state.largestAcknowledged = largest
    const newest = state.sent.runOf(largest)
    const newestSentAt = newest?.state === 'outstanding' && concerns(newest, this.#path) ? newest.sentAt : null
    const elicitingBefore = state.elicitingInFlight
    this.#flight.beginAcknowledgement()
    const settled = this.#settlement.settle(state, ack, this.#path, now)
    if (settled === 0) return
    this.stats.packetsAcknowledged += settled
    this.#listener.allDelivered()
    state.awaitedSince = now

    // A sample needs the largest packet, and a packet that the peer had to acknowledge in time: section 5.1.
    const isSample = newestSentAt !== null && state.elicitingInFlight < elicitingBefore
    const rttSample = isSample ? arrivedAt - newestSentAt : Number.POSITIVE_INFINITY
    if (isSample) this.#sampleRtt(state, rttSample, ackDelayMillis, now)
    if (this.ecn.acknowledged(state.ecn, ack, this.#settlement.marked, isNewest))
      this.controller.congestionExperienced(newestSentAt ?? this.#flight.newestSentAt, now)
    this.#detectLosses(state, now)
    this.#flight.reportAcknowledged(rttSample, now)
    if (state === this.#handshake) this.#probe.handshakeAcknowledged = true
    // A client that the server may not have validated keeps backing off: section 6.2.1.
    if (this.#probe.peerCompletedAddressValidation) this.#probe.relax()
    this.#probe.restart(now)
    this.#flight.pace(now)
    this.ackFrequency.update(this.controller.window, this.maxDatagramSize, this.rtt.smoothed, this.#packetThreshold, now)
  }

  /** Whether what is acknowledged up to `largest` changes nothing for the next so many datagrams: nothing is lost or probed, and the window has room. */
  isCalm(largest: number, datagrams: number): boolean {
    const { sent, lossAt, probesWanted } = this.#application()
    if (largest >= sent.next || lossAt !== Number.POSITIVE_INFINITY || probesWanted > 0 || this.#probe.count > 0) return false
    return this.congestionRoom() >= datagrams * this.maxDatagramSize
  }

  // ---- the handshake

  /** The keys of a space are gone: its packets are forgotten, without a word to the listener. RFC 9002 section 6.4. */
  discardSpace(space: SpaceName, now: Instant): void {
    const state = this.#space(space)
    if (state.discarded) return
    this.#withdraw(state)
    state.retire()
    if (state !== this.#application()) this.#discardedEcn.add(state.ecn)
    if (state === this.#initial) this.#initial = DISCARDED
    else if (state === this.#handshake) this.#handshake = DISCARDED
    this.#probe.discarded(state)
    this.#probe.relax()
    this.#probe.restart(now)
  }

  /** A Retry packet came: what was sent counts as never sent, and is reported lost without blame for the path. RFC 9002 section 6.3. */
  retryReceived(now: Instant): void {
    for (const state of [this.#initial, this.#application()]) this.#withdraw(state, this.#listener)
    this.controller.reset()
    this.#probe.relax()
    this.#probe.restart(now)
  }

  /** The server refused 0-RTT: what was sent of it is reported lost without blame for the path. RFC 9001 section 4.6.2. */
  earlyDataRejected(): void {
    this.#withdraw(this.#application(), this.#listener)
  }

  /** The handshake is confirmed (RFC 9001 section 4.1.2): 1-RTT packets are timed from now on. */
  handshakeConfirmed(): void {
    this.#probe.handshakeConfirmed = true
  }

  /** Whether Handshake packets can be sent; a client's anti-deadlock probe is then one of those. */
  get hasHandshakeKeys(): boolean {
    return this.#probe.hasHandshakeKeys
  }

  set hasHandshakeKeys(has: boolean) {
    this.#probe.hasHandshakeKeys = has
  }

  /** A server that has sent all it may to an address not validated yet times nothing: RFC 9002 section 6.2.2.1. */
  get amplificationBlocked(): boolean {
    return this.#probe.amplificationBlocked
  }

  set amplificationBlocked(blocked: boolean) {
    this.#probe.amplificationBlocked = blocked
  }

  /** The peer's max_ack_delay. Default 25, as in RFC 9000 section 18.2. */
  get peerMaxAckDelayMillis(): number {
    return this.ackFrequency.maxAckDelayMillis
  }

  set peerMaxAckDelayMillis(millis: number) {
    this.ackFrequency.usePeer(millis, undefined)
  }

  /** The path takes datagrams of another size, in bytes. */
  datagramSizeChanged(bytes: number): void {
    this.#flight.datagramSizeChanged(bytes)
  }

  // ---- timers

  /** When `wake` wants to be called; null if nothing is awaited. May lie in the past. */
  wakeAt(): Instant | null {
    const lossAt = this.#earliestLoss().lossAt
    const at = lossAt === Number.POSITIVE_INFINITY ? this.#probe.deadline : lossAt
    return at === Number.POSITIVE_INFINITY ? null : at
  }

  /** Does what is due. Too early a call does nothing. */
  wake(now: Instant): void {
    const space = this.#earliestLoss()
    if (space.lossAt !== Number.POSITIVE_INFINITY) {
      // The probe timeout is not armed while a packet waits to be lost by time: section 6.2.1.
      if (space.lossAt <= now) {
        this.#detectLosses(space, now)
        this.#flight.pace(now)
      }
      return
    }
    if (this.#probe.deadline > now) return
    this.stats.probeTimeouts++
    this.#path.probeTimeouts++
    this.#probe.expire(now)
    this.stats.longestSilence = Math.max(this.stats.longestSilence, this.#probe.count)
    for (const state of [this.#initial, this.#handshake, this.#application()]) {
      state.forEachToRestate((packet) => this.#listener.packetProbed(state.name, packet))
    }
    this.#listener.probeTimedOut(this.#probe.count)
  }

  /** Timeouts in a row without an acknowledgement. */
  get ptoCount(): number {
    return this.#probe.count
  }

  /** The probe timeout of a space without backoff, in milliseconds; three of them last the closing state and bound the idle timeout. */
  ptoDuration(space: SpaceName = 'application'): number {
    return this.#probe.duration(this.#space(space))
  }

  /** Probe packets still to send in a space. They must be ack-eliciting, and ignore the window and the pacer. RFC 9002 section 7.5. */
  probesWanted(space: SpaceName): number {
    return this.#space(space).probesWanted
  }

  /** A probe was sent (and committed). */
  probeSent(space: SpaceName): void {
    const state = this.#space(space)
    state.probesWanted = Math.max(0, state.probesWanted - 1)
  }

  /** For `detectLosses` alone. */
  packetFoundLost(space: SpaceState, packet: SentPacket): void {
    if (!concerns(packet, this.#path)) {
      this.#lose(space, packet)
      return
    }
    this.#lossesFound++
    this.#flight.packetLost(packet)
    space.lost.add(packet.number)
    // Only packets that a receiver must acknowledge prove anything, and only those sent when the round trip was known: section 7.6.2.
    if (packet.ackEliciting && this.rtt.firstSampleAt !== null && packet.sentAt > this.rtt.firstSampleAt) {
      const span = space.lossRun.extend(packet.sentAt)
      if (span > this.rtt.persistentCongestionDuration(this.peerMaxAckDelayMillis)) this.#persistentCongestionSeen = true
    }
    this.#lose(space, packet)
  }

  // ---- helpers

  /** Of 1-RTT packets each path has one. */
  #space(name: SpaceName, path: PathRecovery = this.#path): SpaceState {
    return name === 'application' ? path.space : name === 'handshake' ? this.#handshake : this.#initial
  }

  #application(): SpaceState {
    return this.#path.space
  }

  #earliestLoss(): SpaceState {
    const early = this.#initial.lossAt < this.#handshake.lossAt ? this.#initial : this.#handshake
    return early.lossAt < this.#application().lossAt ? early : this.#application()
  }

  /** Initial packets are acknowledged at once, so their delay is not believed; max_ack_delay binds once the handshake is confirmed: section 5.3. */
  #sampleRtt(state: SpaceState, sample: number, ackDelayMillis: number, now: Instant): void {
    const limit = this.#probe.handshakeConfirmed ? this.peerMaxAckDelayMillis : Number.POSITIVE_INFINITY
    this.rtt.sample(sample, state === this.#initial ? 0 : ackDelayMillis, limit, now)
  }

  #detectLosses(state: SpaceState, now: Instant): void {
    this.#lossesFound = 0
    this.#persistentCongestionSeen = false
    this.#flight.beginLosses()
    detectLosses(state, this.rtt, this.#packetThreshold, now, this)
    if (this.#flight.reportLost(now)) state.lost.beginEvent(this.#lossesFound)
    if (this.#persistentCongestionSeen) this.#collapse(state, now)
  }

  /** Losses that were none: the path reorders more than was thought, and the controller may take back its answer. Section 6.1.1. */
  #recogniseSpurious(state: SpaceState, ack: AckRanges, now: Instant): void {
    const spurious = state.lost.acknowledged(ack, state.largestAcknowledged)
    if (spurious === 0) return
    this.stats.packetsLostSpuriously += spurious
    this.#packetThreshold = Math.min(Math.max(this.#packetThreshold, state.lost.reordering + 1), MAX_PACKET_THRESHOLD)
    if (state.lost.undisputed === 0) this.controller.congestionDisproved?.(now)
  }

  #collapse(state: SpaceState, now: Instant): void {
    this.stats.persistentCongestions++
    state.lossRun.interrupt()
    state.lost.clear()
    this.controller.persistentCongestion(now)
    this.rtt.restartMinimum()
  }

  /** What is out is out no more, and proves nothing about the path. */
  #withdraw(state: SpaceState, listener: RecoveryListener | null = null): void {
    let marked = 0
    state.forEachOutstanding((packet) => {
      state.leave(packet)
      if (packet.marked) marked++
      listener?.packetLost(state.name, packet)
    })
    state.clear()
    this.ecn.forgotten(marked)
  }

  #lose(state: SpaceState, packet: SentPacket): void {
    this.stats.packetsLost++
    this.stats.bytesLost += packet.size
    if (packet.marked) packet.path!.ecn.lost()
    state.leave(packet)
    this.#listener.packetLost(state.name, packet)
    state.sent.settle(packet, 'lost')
  }

  /** The ledger is at its limit and something must leave all the same. */
  #giveUpOldest(state: SpaceState): void {
    const packet = state.sent.lookup(state.sent.oldest)!
    if (packet.inFlight) this.#lose(state, packet)
    state.sent.advance()
  }
}
