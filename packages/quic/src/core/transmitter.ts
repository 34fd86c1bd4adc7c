// Decides what goes into the next datagram, and in which order. RFC 9000 sections 12, 13 and 14; RFC 9002 section 7.
import { Bulk } from './bulk.ts'
import { closeInHandshake } from './closing.ts'
import type { Connection } from './connection.ts'
import type { DatagramBuilder, Slot } from './datagram-builder.ts'
import type { Instant } from './instant.ts'
import type { OwedAcknowledgement } from './owed-acknowledgement.ts'
import type { PacketSpace } from './packet-space.ts'
import type { Path } from './paths/path.ts'
import { NOT_ECT } from './recovery/ecn.ts'
import type { SentPacket } from './recovery/sent-packet.ts'
import type { SendLimit } from './streams/send-waits.ts'
import { put } from './streams/stream-control.ts'
import { encodeFrame, type FrameOf, frameSize } from './wire/frames/index.ts'
import { QuicBit } from './wire/quic-bit.ts'
import type { Workbench } from './workbench.ts'

/** ack_delay_exponent of Initial and Handshake packets: nobody has said otherwise yet. RFC 9000 section 18.2. */
const HANDSHAKE_DELAY_EXPONENT = 3

export class Transmitter {
  readonly #connection: Connection
  readonly #builder: DatagramBuilder
  readonly #owed: OwedAcknowledgement
  /** Made when there is so much to send. */
  #bulk: Bulk | null = null
  #quicBit: QuicBit | null = null
  /** Data waits for the pacer until then; null when nothing waits for it. */
  #pacedUntil: Instant | null = null
  /** What keeps the datagram in the making from carrying more. */
  #limit: SendLimit | null = null
  #now: Instant = 0
  /** Where the datagram in the making goes, and how long it may become. */
  #path!: Path
  #size = 0
  /** Whether it leaves with an ECN mark. */
  #marked = false
  readonly #sent = (space: PacketSpace, packet: SentPacket, size: number): void => this.#packetSent(space, packet, size)

  constructor(connection: Connection, { builder, owed }: Workbench) {
    this.#connection = connection
    this.#builder = builder
    this.#owed = owed
  }

  /** The peer can do without the bit that all packets have. RFC 9287. */
  greaseQuicBit(random: number): void {
    this.#quicBit = new QuicBit(random)
  }

  transmit(slot: Slot, now: Instant): number {
    this.#owed.beforeBuilding(this.#connection)
    this.#limit = null
    let length = this.#datagram(slot, now)
    if (this.#owed.built(this.#connection, length)) length = this.#datagram(slot, now)
    const { streams, path } = this.#connection
    streams.waits.datagram(this.#limit, path.recovery, now)
    return length
  }

  /** More datagrams like the one that was just built: see `Bulk`. */
  transmitMore(slot: Slot, size: number, most: number, now: Instant): number {
    const connection = this.#connection
    this.#owed.beforeBuilding(connection)
    if (
      most <= 0 ||
      connection.closing.state !== 'open' ||
      !connection.handshakeConfirmed ||
      this.#wantsMoreThanStreams(connection.path.space)
    )
      return 0
    this.#bulk ??= new Bulk(connection, this.#builder.writer)
    return this.#bulk.build(slot, size, most, this.#quicBit, now)
  }

  #datagram(slot: Slot, now: Instant): number {
    const connection = this.#connection
    const { state } = connection.closing
    if (state === 'draining' || state === 'finished') return 0
    this.#now = now
    this.#pacedUntil = null
    this.#builder.qlog = connection.qlog
    this.#builder.quicBit = this.#quicBit
    const probed = state === 'open' ? connection.paths.probed : null
    if (probed !== null) return this.#probePath(slot, probed)
    const { path } = connection
    this.#path = path
    const size = Math.min(slot.capacity, path.room)
    if (size === 0) {
      connection.recovery.amplificationBlocked = true
      return 0
    }
    slot.to = path.remote
    slot.local = path.local
    slot.refusals = path.refusals
    slot.ecn = connection.recovery.ecnCodepoint(now)
    this.#marked = slot.ecn !== NOT_ECT
    // A path in doubt is worth more than the window and the pace: while the peer waits for an answer, what fills the window may never be
    // acknowledged, and nothing else is to go out there before the question whether the peer is there.
    if (state === 'open' && path.wantsToSend && path.space.sealer !== null) {
      if (!this.#admitted()) return this.#probePath(slot, path)
    } else if (state === 'open' && size === path.mtu.size) {
      const probe = path.mtu.wanted(now)
      if (probe > 0 && probe <= slot.capacity && probe <= connection.recovery.congestionRoom()) return this.#probeMtu(slot, path, probe)
    }
    this.#size = size
    this.#builder.begin(slot.memory, slot.offset, size)
    const isFarewell = state === 'closing' && !this.#finishedDue()
    if (isFarewell) this.#fillClose()
    else {
      connection.keyPhases.beforeSending(now)
      if (!connection.handshakeConfirmed) {
        // Where nothing is timed, 1-RTT data may fill the window for ever: it has no timer yet (RFC 9002 section 6.2.1).
        const excused = this.#probing() || connection.recovery.wakeAt() === null || state === 'closing'
        this.#fill(connection.spaces.initial, excused)
        this.#fill(connection.spaces.handshake, excused)
      }
      if (state === 'open') this.#fill(path.space, false)
    }
    const length = this.#builder.seal(this.#sent)
    path.amplification.sent(length)
    if (length >= path.mtu.size && !this.#builder.padded) path.mtu.need()
    if (isFarewell && connection.closing.wantsToSend) connection.closing.sent(length)
    if (length === 0 && this.#pacedUntil === null) connection.recovery.applicationLimited(now)
    return length
  }

  /** A datagram for a path other than the active one: only what has to be said there. RFC 9000 section 9.1. */
  #probePath(slot: Slot, path: Path): number {
    this.#path = path
    slot.to = path.remote
    slot.local = path.local
    slot.refusals = path.refusals
    // A path is found to work before it is found to carry marks.
    slot.ecn = NOT_ECT
    this.#marked = false
    this.#size = Math.min(slot.capacity, path.room)
    this.#builder.begin(slot.memory, slot.offset, this.#size)
    const packet = this.#connection.recovery.begin('application', path.recovery)
    if (!this.#open(path.space, packet)) return 0
    packet.probing = true
    this.#contentOfPath(path, packet)
    this.#builder.close()
    const length = this.#builder.seal(this.#sent)
    path.amplification.sent(length)
    return length
  }

  /** Challenges and answers, in a datagram that shows whether the path carries 1200 bytes. RFC 9000 section 8.2. */
  #contentOfPath(path: Path, packet: SentPacket): void {
    const { writer } = this.#builder
    let wrote = path.responses.wantsToSend && path.responses.fill(writer)
    if (path.validation.wantsToSend && path.validation.fill(writer, this.#size, this.#now)) wrote = true
    if (!wrote) return
    packet.ackEliciting = true
    packet.inFlight = true
    this.#builder.padded = true
  }

  /** A datagram of a size that the path may or may not carry. RFC 9000 section 14.4. */
  #probeMtu(slot: Slot, path: Path, size: number): number {
    this.#builder.begin(slot.memory, slot.offset, size)
    const packet = this.#connection.recovery.begin('application', path.recovery)
    if (!this.#open(path.space, packet)) return 0
    packet.probing = true
    this.#ping(path.space, packet)
    this.#builder.writer.zeros(this.#builder.writer.room)
    this.#builder.close()
    path.mtu.sent(packet.number)
    const length = this.#builder.seal(this.#sent)
    path.amplification.sent(length)
    return length
  }

  wakeAt(): Instant | null {
    const { path, spaces } = this.#connection
    if (path.room === 0) return null
    let at = this.#pacedUntil
    for (const space of [path.space, spaces.handshake, spaces.initial]) {
      const ackAt = space.sealer === null ? null : space.received.ackAt()
      if (ackAt !== null && (at === null || ackAt < at)) at = ackAt
    }
    return at
  }

  /** Whether a probe is wanted in any space. */
  #probing(): boolean {
    const { recovery } = this.#connection
    return recovery.probesWanted('initial') + recovery.probesWanted('handshake') + recovery.probesWanted('application') > 0
  }

  /**
   * `excused`: the window does not count. What an earlier level lacks goes along with a later one's probe, for without it the peer cannot open that:
   * otherwise 1-RTT data that a server sent early could fill the window, and the lost rest of its ServerHello never go out.
   */
  #fill(space: PacketSpace, excused: boolean): void {
    if (space.sealer === null && space.earlySealer === null) return
    const { recovery } = this.#connection
    const probing = recovery.probesWanted(space.name) > 0
    const wantsMore = probing || this.#wantsMoreThanStreams(space)
    const eliciting = (wantsMore || this.#streamsWantToSend(space)) && (probing || excused || this.#admitted())
    if (!eliciting && (!space.received.ackWantedNow(this.#now) || this.#isSuperseded(space))) return
    const packet = recovery.begin(space.name)
    if (!this.#open(space, packet)) return
    this.#acknowledge(space, packet)
    if (eliciting) {
      if (wantsMore || this.#connection.streams.control.wantsToSend) this.#content(space, packet)
      if (space.level === '1rtt') this.#data(packet)
      if (!packet.ackEliciting && (probing || space.pingWanted)) this.#ping(space, packet)
      if (packet.ackEliciting) space.pingWanted = false
    }
    const written = this.#builder.close()
    if (!written) return
    if (probing && packet.ackEliciting) recovery.probeSent(space.name)
    // RFC 9000 section 14.1: all of a client's, and a server's that ask for an acknowledgement.
    if (space.level === 'initial' && (this.#connection.side === 'client' || packet.ackEliciting)) this.#builder.padded = true
  }

  /** A client's first Handshake packet ends Initial packets for both sides: where it follows, nothing is said of them. RFC 9001 section 4.9.1. */
  #isSuperseded(space: PacketSpace): boolean {
    const { side, spaces } = this.#connection
    return (
      space.level === 'initial' &&
      side === 'client' &&
      spaces.handshake.sealer !== null &&
      spaces.handshake.received.ackWantedNow(this.#now)
    )
  }

  #streamsWantToSend(space: PacketSpace): boolean {
    return space.level === '1rtt' && this.#connection.streams.wantsToSend
  }

  /** Whether there is anything to send but what streams have. */
  #wantsMoreThanStreams(space: PacketSpace): boolean {
    if (space.pingWanted || space.crypto.wantsToSend) return true
    if (space.level !== '1rtt') return false
    const connection = this.#connection
    return (
      connection.handshakeDonePending ||
      connection.path.wantsToSend ||
      connection.localIds.wantsToSend ||
      connection.remoteIds.wantsToSend ||
      connection.tokens.issued.wantsToSend ||
      connection.streams.control.wantsToSend ||
      connection.recovery.ackFrequency.wantsToSend ||
      connection.datagrams.wantsToSend
    )
  }

  /** Whether the congestion window and the pacer let another packet out. */
  #admitted(): boolean {
    const { recovery, path } = this.#connection
    if (recovery.congestionRoom() < path.mtu.size) {
      recovery.stats.congestionLimited++
      this.#limit = 'congestion'
      return false
    }
    const at = recovery.pacer.nextSendAt(this.#now)
    if (at <= this.#now) return true
    recovery.stats.pacingLimited++
    this.#limit = 'pacing'
    this.#pacedUntil = at
    return false
  }

  #open(space: PacketSpace, packet: SentPacket): boolean {
    const connection = this.#connection
    const largest = connection.recovery.largestAcknowledged(space.name)
    const dcid = this.#path.remoteId.connectionId
    if (space.level === '1rtt' && space.sealer !== null)
      return this.#builder.openShort(space, packet, dcid, largest, connection.keyPhases.bit, this.#path.spin.value)
    const scid = connection.localIds.first
    if (space.level === '1rtt')
      return this.#builder.openLong(space, packet, { type: '0rtt', version: connection.versions.original, dcid, scid }, largest)
    const header = { type: space.level, version: connection.versions.current, dcid, scid, token: connection.tokens.initial }
    return this.#builder.openLong(space, packet, header, largest)
  }

  /** An ACK frame goes with every packet while something waits to be acknowledged. */
  #acknowledge(space: PacketSpace, packet: SentPacket): void {
    const { received } = space
    if (!received.isPending && !received.ackWantedNow(this.#now)) return
    const exponent = space.level === '1rtt' ? this.#connection.parameters.ackDelayExponent : HANDSHAKE_DELAY_EXPONENT
    if (!received.write(this.#builder.writer, this.#now, exponent)) return
    packet.largestAcknowledged = received.largest
    packet.acknowledges = received
  }

  /** What goes before data of streams. */
  #content(space: PacketSpace, packet: SentPacket): void {
    const connection = this.#connection
    const { writer } = this.#builder
    space.crypto.fill(packet, writer)
    if (space.level !== '1rtt') return
    if (connection.handshakeDonePending && put({ type: 'handshakeDone' }, packet, writer)) connection.handshakeDonePending = false
    if (this.#path.wantsToSend) this.#contentOfPath(this.#path, packet)
    if (connection.remoteIds.wantsToSend) connection.remoteIds.fill(packet, writer)
    if (connection.localIds.wantsToSend) connection.localIds.fill(packet, writer)
    const { ackFrequency } = connection.recovery
    if (ackFrequency.wantsToSend) ackFrequency.fill(packet, writer)
    const { streams, datagrams } = connection
    if (streams.control.wantsToSend) streams.control.fill(packet, writer, this.#now, connection.recovery.rtt.minimum)
    if (datagrams.wantsToSend) datagrams.fill(packet, writer, connection.path)
  }

  /** Data of streams, and what is worth no packet of its own: an address token in place of an old one, and further connection ids. */
  #data(packet: SentPacket): void {
    const { streams, tokens, localIds } = this.#connection
    const { writer } = this.#builder
    // Not alone: a packet that has nothing else to say tells nobody that we have moved (RFC 9000 section 9.1).
    if (localIds.isDue && (packet.ackEliciting || streams.wantsToSend)) localIds.fillOwed(packet, writer)
    if (tokens.issued.isDue(this.#now)) tokens.issued.fill(packet, writer, this.#now)
    const before = streams.bytesSent
    streams.fillData(packet, writer)
    this.#path.streamBytesSent += streams.bytesSent - before
  }

  /** A peer that takes part is asked not to wait with its answer. draft-ietf-quic-ack-frequency section 7. */
  #ping(space: PacketSpace, packet: SentPacket): void {
    const { writer } = this.#builder
    if (writer.room < 1) return
    const isUrgent = space.level === '1rtt' && this.#connection.recovery.ackFrequency.isSupported
    encodeFrame({ type: isUrgent ? 'immediateAck' : 'ping' }, writer)
    packet.ackEliciting = true
    packet.inFlight = true
  }

  /** A client whose owner leaves at once has its Finished sent all the same: without it, the server could not read the farewell. RFC 9000 section 10.2.3. */
  #finishedDue(): boolean {
    const { handshake, handshakeConfirmed, spaces } = this.#connection
    return handshake.completed && !handshakeConfirmed && spaces.handshake.crypto.wantsToSend
  }

  /** Says goodbye in packets that the peer can surely open. RFC 9000 section 10.2.3. */
  #fillClose(): void {
    const connection = this.#connection
    const frame = connection.closing.frame
    if (frame === null || !connection.closing.wantsToSend) return
    const { initial, handshake } = connection.spaces
    if (!connection.handshakeConfirmed) for (const space of [initial, handshake]) this.#putClose(space, closeInHandshake(frame))
    if (connection.handshake.completed) this.#putClose(this.#path.space, frame)
  }

  #putClose(space: PacketSpace, frame: FrameOf<'connectionClose'>): void {
    if (space.sealer === null) return
    const packet = this.#connection.recovery.begin(space.name)
    if (!this.#open(space, packet)) return
    // What has arrived is said too, so that the peer does not take for lost what was received.
    this.#acknowledge(space, packet)
    if (frameSize(frame) <= this.#builder.writer.room) encodeFrame(frame, this.#builder.writer)
    this.#builder.close()
    if (space.level === 'initial') this.#builder.padded = true
  }

  #packetSent(space: PacketSpace, packet: SentPacket, size: number): void {
    const connection = this.#connection
    packet.marked = this.#marked
    const level = space.level === '1rtt' && space.sealer === null ? '0rtt' : space.level
    connection.lastSent.add(level, packet.number, size, this.#now)
    connection.recovery.commit(space.name, packet, size, this.#now, this.#path.recovery)
    if (space.level === '1rtt' && space.sealer !== null) connection.keyPhases.sent(packet.number, packet.largestAcknowledged)
    if (packet.largestAcknowledged >= 0) space.received.acknowledgementSent(this.#now)
    if (packet.ackEliciting) connection.idle.sent(this.#now)
    // A client's first Handshake packet ends the use of Initial keys. RFC 9001 section 4.9.1.
    if (space.level === 'handshake' && connection.side === 'client') connection.discard(connection.spaces.initial)
  }
}
