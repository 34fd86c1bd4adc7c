// Takes datagrams apart: coalesced packets, header protection, decryption, frames. RFC 9000 sections 5.2 and 12, RFC 9001 section 5.
import type { Reader } from '@millrace/bytes'
import { ArrivingRun } from './arriving-run.ts'
import type { Arrival, Connection } from './connection.ts'
import type { Level } from './crypto/level.ts'
import { type Opener, type PacketMemory, TAG_LENGTH } from './crypto/protection.ts'
import { EarlyPackets } from './early-packets.ts'
import { TransportViolation } from './errors.ts'
import type { Instant } from './instant.ts'
import { MAX_COALESCED, MIN_INITIAL_DATAGRAM } from './limits.ts'
import type { OwedAcknowledgement } from './owed-acknowledgement.ts'
import type { PacketSpace } from './packet-space.ts'
import type { DropTrigger } from './qlog/qlog.ts'
import { ECN_CODEPOINTS } from './recovery/received-packets.ts'
import { type AckRanges, decodeAck, isAckType } from './wire/ack.ts'
import { same } from './wire/connection-id.ts'
import { isDatagramType } from './wire/frames/datagram.ts'
import { decodeFrameBody, type Frame, isAckEliciting, isProbing, readFrameType } from './wire/frames/index.ts'
import { type PacketHeader, parseHeader } from './wire/packet-header.ts'
import { decodePacketNumber } from './wire/packet-number.ts'
import { endsWithToken, MIN_STATELESS_RESET } from './wire/stateless-reset.ts'
import { decodeStreamHeader, isStreamType, type StreamHeader } from './wire/stream-header.ts'
import { parseVersionNegotiation } from './wire/version-negotiation.ts'
import type { Workbench } from './workbench.ts'

/** The first byte's bits that must be zero once header protection is off. RFC 9000 sections 17.2 and 17.3.1. */
const LONG_RESERVED = 0x0c
const SHORT_RESERVED = 0x18

/** RFC 9000 section 17.4. */
const SPIN_BIT = 0x20

export interface ReceiverStats {
  packets: number
  bytes: number
  /** Packets without keys, with a wrong tag, of another version, or seen before. */
  dropped: number
}

export class Receiver {
  readonly #connection: Connection
  readonly #scratch: PacketMemory
  readonly #header: PacketHeader
  readonly #reader: Reader
  readonly #stream: StreamHeader
  readonly #ack: AckRanges
  readonly #owed: OwedAcknowledgement
  /** Made when so much arrives. */
  #run: ArrivingRun | null = null
  readonly #early = new EarlyPackets()
  readonly #replay: Level[] = []
  readonly stats: ReceiverStats = { packets: 0, bytes: 0, dropped: 0 }
  /** The packet at hand has nothing but frames that probe a path. RFC 9000 section 9.1. */
  #probingOnly = true
  /** Bytes of streams in it. */
  #streamBytes = 0
  /** The source id in the peer's first packet. */
  #peerSource: Uint8Array | null = null

  constructor(connection: Connection, { memory, header, reader, stream, ack, owed }: Workbench) {
    this.#connection = connection
    this.#scratch = memory
    this.#header = header
    this.#reader = reader
    this.#stream = stream
    this.#ack = ack
    this.#owed = owed
  }

  receive(arrival: Arrival, now: Instant): void {
    const connection = this.#connection
    try {
      this.#receive(arrival, now)
    } catch (error) {
      connection.fail(error)
    }
    connection.recovery.amplificationBlocked = connection.path.room === 0
  }

  /** Some of `count` datagrams, end to end and as long as `arrival`, that came along the path in use. Returns how many were taken: see `ArrivingRun`. */
  receiveRun(arrival: Arrival, count: number, now: Instant): number {
    this.#owed.settle()
    this.#run ??= new ArrivingRun(this.#connection, this, this.#reader)
    return this.#run.take(arrival, count, now)
  }

  /** A 1-RTT packet of a run is open, and not like the others: [start, end), its frames from `payload` on. */
  acceptOpened(
    space: PacketSpace,
    number: number,
    memory: PacketMemory,
    start: number,
    payload: number,
    end: number,
    ecn: number,
    now: Instant,
  ): void {
    parseHeader(memory.bytes, start, end, this.#connection.localIds.length, this.#header)
    this.#accept(space, number, memory, start, payload, ecn, now)
  }

  /** A datagram of a run, [start, end), did not open. */
  refuse(opener: Opener, memory: PacketMemory, start: number, end: number): void {
    this.stats.dropped++
    this.#connection.keyPhases.failed(opener)
    if (this.#isReset(memory.bytes, end, end - start)) this.#connection.resetReceived()
  }

  openerInstalled(space: PacketSpace): void {
    this.#replay.push(space.level)
    // Early data that TLS has not accepted by now, it refused.
    if (space.level === '1rtt' && space.earlyOpener === null) this.#early.take('0rtt')
  }

  earlyOpenerInstalled(): void {
    this.#replay.push('0rtt')
  }

  #receive(arrival: Arrival, now: Instant): void {
    this.#owed.settle()
    this.stats.bytes += arrival.length
    const packets = this.stats.packets
    this.#walk(arrival, now)
    if (this.stats.packets === packets && this.#isReset(arrival.memory.bytes, arrival.offset + arrival.length, arrival.length)) {
      this.#connection.resetReceived()
    }
    if (this.#replay.length > 0) this.#replayEarly(now)
  }

  #walk(arrival: Arrival, now: Instant): void {
    const { memory, length, ecn } = arrival
    this.#connection.qlog?.datagramReceived(length, ecn)
    const end = arrival.offset + length
    const header = this.#header
    let at = arrival.offset
    let dcid: Uint8Array | null = null
    for (let count = 0; at < end && count < MAX_COALESCED; count++) {
      if (parseHeader(memory.bytes, at, end, this.#connection.localIds.length, header) === null) break
      if (!header.fixedBit && !this.#connection.parameters.greaseQuicBit) break
      const next = header.end
      // All packets of a datagram go to one connection. RFC 9000 section 12.2.
      if (next < end || dcid !== null) {
        if (dcid === null) dcid = header.dcid
        else if (!same(dcid, header.dcid)) {
          this.stats.dropped++
          at = next
          continue
        }
      }
      this.#packet(memory, at, length, ecn, now)
      at = next
    }
  }

  /** The packet whose head is in `#header`. */
  #packet(memory: PacketMemory, start: number, datagramLength: number, ecn: number, now: Instant): void {
    const connection = this.#connection
    const header = this.#header
    const space = connection.closing.state === 'open' ? this.#spaceOf(header, start, datagramLength) : null
    if (space === null || !header.hasSample) {
      this.#drop(start, 'invalid')
      return
    }
    const level = header.type as Level
    const opener = this.#openerFor(space, level)
    if (opener === null) {
      if (!space.discarded && level !== 'initial' && space.opener === null) this.#early.keep(level, memory.bytes, start, header.end, ecn)
      this.#drop(start, 'key_unavailable')
      return
    }
    // Only Initial packets may be of another version than the one agreed on, and 0-RTT are of the first. RFC 9369 section 4.1.
    if (
      level === 'handshake'
        ? header.version !== connection.versions.current
        : level === '0rtt' && header.version !== connection.versions.original
    ) {
      this.#drop(start, 'unsupported')
      return
    }
    const numberOffset = header.packetNumberOffset
    const end = header.end
    const numberLength = opener.unmask(memory, start, numberOffset)
    const payload = numberOffset + numberLength
    const number = decodePacketNumber(space.received.largest, truncated(memory.bytes, numberOffset, numberLength), numberLength)
    const opened =
      level === '1rtt'
        ? connection.keyPhases.open(memory, start, payload - start, end - payload, number, now)
        : opener.open(memory, start, payload - start, end - payload, number)
    if (!opened) {
      this.#drop(start, 'decryption_failure')
      connection.keyPhases.failed(opener)
      return
    }
    this.#accept(space, number, memory, start, payload, ecn, now)
  }

  /** The packet whose head is in `#header` is authentic, and opened in place: its frames begin at `payload`. */
  #accept(space: PacketSpace, number: number, memory: PacketMemory, start: number, payload: number, ecn: number, now: Instant): void {
    const connection = this.#connection
    const header = this.#header
    const { end } = header
    const level = header.type as Level
    if (space.received.isDuplicate(number)) {
      this.#drop(start, 'duplicate')
      return
    }
    if (level === '1rtt' && connection.paths.isVacated(number)) {
      this.#drop(start, 'general')
      return
    }
    const first = memory.bytes[start]!
    if ((first & (level === '1rtt' ? SHORT_RESERVED : LONG_RESERVED)) !== 0) {
      throw new TransportViolation('PROTOCOL_VIOLATION', 'reserved bits of the header are set')
    }
    const isDoubtful = level === 'initial' && connection.tokens.doubts(memory.bytes, payload)
    if (isDoubtful || (level !== '1rtt' && !this.#handshakePacket(space, header.scid))) {
      this.#drop(start, 'general')
      return
    }
    if (space.level === 'initial' && connection.versions.mayBecome(header.version) && header.version !== connection.versions.current) {
      connection.versionChanged(header.version)
    }
    this.stats.packets++
    connection.idle.received(now)
    connection.qlog?.packetReceived(number, level, memory.bytes, start, payload, end - TAG_LENGTH, end - start)
    const { paths } = connection
    if (level === '1rtt' && paths.isElsewhere) paths.discovered(connection.localIds.sequenceAt(memory.bytes, header.dcidOffset), now)
    const ackEliciting = this.#frames(space, level, memory, payload, end - TAG_LENGTH, header.dcidOffset, now)
    space.received.record(number, ackEliciting, now, ECN_CODEPOINTS[ecn]!)
    paths.packetsReceived(1, this.#streamBytes)
    connection.lastReceived.add(level, number, end - start, now)
    if (level === '1rtt') {
      paths.spun(number, (first & SPIN_BIT) !== 0)
      if (!this.#probingOnly) paths.used(number, now)
    }
  }

  #drop(start: number, trigger: DropTrigger): void {
    this.stats.dropped++
    this.#connection.qlog?.packetDropped(this.#header.type, this.#header.end - start, trigger)
  }

  #spaceOf(header: PacketHeader, start: number, datagramLength: number): PacketSpace | null {
    const connection = this.#connection
    switch (header.type) {
      case '1rtt':
        return connection.paths.arriving
      case 'handshake':
        return connection.spaces.handshake
      case 'initial':
        // RFC 9000 section 14.1.
        if (connection.side === 'server' && datagramLength < MIN_INITIAL_DATAGRAM) return null
        // A server has no token to give back. RFC 9000 section 17.2.2.
        if (connection.side === 'client' && header.tokenLength > 0) return null
        return connection.spaces.initial
      case 'versionNegotiation': {
        // Only a client that has heard nothing else believes it, from one who saw the id that it chose. RFC 9000 section 6.2, RFC 8999 section 6.
        if (connection.side === 'server' || !this.#heardNothing() || !same(header.scid, connection.remoteIds.current)) return null
        const offered = parseVersionNegotiation(header)
        if (offered !== null) connection.versionsOffered(offered)
        return null
      }
      case 'retry':
        if (this.#heardNothing()) connection.retryReceived(header, start)
        return null
      case '0rtt':
        return connection.side === 'server' ? connection.paths.arriving : null
      case 'unknownVersion':
        return null
    }
  }

  #openerFor(space: PacketSpace, level: Level): Opener | null {
    if (level === 'initial') return this.#connection.initialOpener(this.#header.version)
    return level === '0rtt' ? space.earlyOpener : space.opener
  }

  /** Whether Version Negotiation and Retry may still be believed. RFC 9000 sections 6.2 and 17.2.5.2. */
  #heardNothing(): boolean {
    return this.stats.packets === 0 && this.#connection.tokens.retrySource === null
  }

  /** Nothing of the datagram could be opened: it may be a stateless reset, of whatever form. RFC 9000 section 10.3.1. */
  #isReset(bytes: Buffer, end: number, length: number): boolean {
    const { closing, remoteIds } = this.#connection
    const { resetToken } = remoteIds
    if (resetToken === null || length < MIN_STATELESS_RESET || closing.state !== 'open') return false
    return endsWithToken(bytes, end, resetToken)
  }

  /** What an authentic long-header packet tells. False if its source is not who answered first: to be dropped. RFC 9000 section 7.2. */
  #handshakePacket(space: PacketSpace, scid: Uint8Array): boolean {
    const connection = this.#connection
    if (this.#peerSource === null) {
      const { current } = connection.remoteIds
      this.#peerSource = same(scid, current) ? current : scid
      if (connection.side === 'client') connection.remoteIds.replaceFirst(scid)
    } else if (!same(this.#peerSource, scid)) return false
    if (connection.side === 'server' && space.level === 'handshake') {
      // The client has our Initial keys, so its address is real. RFC 9000 section 8.1, RFC 9001 section 4.9.1.
      connection.path.amplification.validate()
      connection.discard(connection.spaces.initial)
    }
    return true
  }

  /** Returns whether the packet asks for an acknowledgement. */
  #frames(space: PacketSpace, level: Level, memory: PacketMemory, start: number, end: number, dcidOffset: number, now: Instant): boolean {
    const connection = this.#connection
    const reader = this.#reader.reset(memory.bytes, start, end)
    if (start === end) throw new TransportViolation('PROTOCOL_VIOLATION', 'packet without a frame')
    let ackEliciting = false
    this.#probingOnly = true
    this.#streamBytes = 0
    while (reader.remaining > 0) {
      const type = readFrameType(reader, level)
      if (this.#probingOnly && !isProbing(type)) this.#probingOnly = false
      if (isStreamType(type)) {
        ackEliciting = true
        decodeStreamHeader(reader, type, this.#stream)
        const stream = connection.streams.acceptData(this.#stream, memory.bytes, reader.offset)
        if (level === '0rtt' && stream !== null) stream.early = true
        this.#streamBytes += this.#stream.length
        reader.skip(this.#stream.length)
      } else if (isAckType(type)) {
        this.#owed.settle()
        decodeAck(reader, type, this.#ack)
        this.#acknowledged(space, now)
      } else if (isDatagramType(type)) {
        ackEliciting = true
        connection.datagrams.accept(reader, type, level === '0rtt')
      } else {
        if (isAckEliciting(type)) ackEliciting = true
        this.#frame(decodeFrameBody(reader, type), space, memory.bytes, dcidOffset, now)
        // The handshake may have done away with the space, CONNECTION_CLOSE with the connection.
        if (space.discarded || connection.closing.state !== 'open') break
      }
    }
    return ackEliciting
  }

  #acknowledged(space: PacketSpace, now: Instant): void {
    const connection = this.#connection
    // Handshake packets are acknowledged at once: their delay means nothing. RFC 9000 section 13.2.5.
    const exponent = connection.peerParameters?.ackDelayExponent ?? 3
    const delayMillis = space.name === 'application' ? (this.#ack.delay * (1 << exponent)) / 1000 : 0
    if (space.level === '1rtt' && this.#owed.hold(connection, this.#ack, delayMillis, now)) return
    connection.recovery.acknowledge(space.name, this.#ack, delayMillis, now)
    if (space.level === '1rtt') connection.keyPhases.acknowledged(this.#ack.largest[0]!, now)
  }

  #frame(frame: Frame, space: PacketSpace, bytes: Buffer, dcidOffset: number, now: Instant): void {
    const connection = this.#connection
    switch (frame.type) {
      case 'padding':
      case 'ping':
        return
      case 'pathResponse':
        connection.paths.responded(frame.data, now)
        return
      case 'crypto':
        space.crypto.receive(frame.offset, frame.data)
        connection.handshake.provide(space)
        return
      case 'ackFrequency':
        space.received.policy.follow(frame, connection.parameters.minAckDelay)
        return
      case 'immediateAck':
        space.received.policy.atOnce = true
        return
      case 'handshakeDone':
        connection.handshakeDoneReceived()
        return
      case 'newConnectionId':
        connection.remoteIds.accept(frame)
        connection.paths.idsChanged()
        return
      case 'retireConnectionId':
        connection.localIds.retire(
          frame.sequence,
          bytes.subarray(dcidOffset, dcidOffset + connection.localIds.length),
          connection.peerParameters?.activeConnectionIdLimit ?? 2,
        )
        return
      case 'pathChallenge':
        connection.paths.challenged(frame.data)
        return
      case 'newToken':
        connection.tokenReceived(frame.token)
        return
      case 'connectionClose':
        connection.peerClosed(frame)
        return
      default:
        connection.streams.accept(frame, now)
        return
    }
  }

  #replayEarly(now: Instant): void {
    for (let level = this.#replay.shift(); level !== undefined; level = this.#replay.shift()) {
      for (const { bytes, ecn } of this.#early.take(level)) {
        if (bytes.length > this.#scratch.bytes.length) continue
        bytes.copy(this.#scratch.bytes)
        if (parseHeader(this.#scratch.bytes, 0, bytes.length, this.#connection.localIds.length, this.#header) === null) continue
        this.#packet(this.#scratch, 0, MIN_INITIAL_DATAGRAM, ecn, now)
      }
    }
  }
}

function truncated(bytes: Buffer, offset: number, length: number): number {
  let value = 0
  for (let i = 0; i < length; i++) value = value * 256 + bytes[offset + i]!
  return value
}
