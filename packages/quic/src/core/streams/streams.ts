// All streams of a connection: who may open them, which of them have data to send, and both levels of credit. RFC 9000 sections 2 to 4.
import { ChurnMap, type Writer } from '@millrace/bytes'
import { TransportViolation } from '../errors.ts'
import type { EventQueue } from '../events.ts'
import type { Clock, Instant } from '../instant.ts'
import type { SentPacket } from '../recovery/sent-packet.ts'
import type { Frame, FrameOf } from '../wire/frames/index.ts'
import { RESET_STREAM_AT_TYPE } from '../wire/frames/reset-stream-at.ts'
import type { StreamHeader } from '../wire/stream-header.ts'
import type { TransportParameters } from '../wire/transport-parameters.ts'
import { BlockPool } from './block-pool.ts'
import { ReceiveCredit, SendCredit } from './flow-control.ts'
import type { Priority } from './priority.ts'
import { ReceiveStream } from './receive-stream.ts'
import { ResetAllowance } from './reset-allowance.ts'
import { Schedule } from './schedule.ts'
import { SendWaits } from './send-waits.ts'
import { Stream, type StreamSet } from './stream.ts'
import { StreamControl } from './stream-control.ts'
import { type Direction, direction, initiator, ordinal, type Side, streamId } from './stream-id.ts'
import { AcceptingLimit, OpeningLimit } from './stream-limits.ts'

export class Streams implements StreamSet {
  readonly #side: Side
  readonly #local: TransportParameters
  readonly #events: EventQueue
  readonly #clock: Clock
  #peer: TransportParameters | null = null
  readonly #streams = new ChurnMap<number, Stream>()
  /** The one that was looked up last, as long as it is there: a frame's stream is mostly that of the frame before. */
  #last: Stream | null = null
  readonly #blocks = new BlockPool()
  readonly #largestWindow: number
  /** Streams with data to send. */
  readonly #schedule = new Schedule<Stream>()
  readonly sendCredit: SendCredit = new SendCredit(0)
  readonly receiveCredit: ReceiveCredit
  readonly opening: Readonly<Record<Direction, OpeningLimit>> = { bidi: new OpeningLimit(), uni: new OpeningLimit() }
  readonly accepting: Readonly<Record<Direction, AcceptingLimit>>
  readonly control: StreamControl
  /** Stream data that the peer has, each byte once. */
  bytesAcknowledged = 0
  readonly waits: SendWaits<Stream>
  /** How often the peer may give streams up. */
  readonly #resets: ResetAllowance

  /** `largestWindow`: bytes to which the window of a stream grows that holds its sender back; by default none grows. */
  constructor(side: Side, local: TransportParameters, events: EventQueue, clock: Clock, largestWindow = 0) {
    this.#side = side
    this.#local = local
    this.#events = events
    this.#clock = clock
    this.#largestWindow = largestWindow
    this.receiveCredit = new ReceiveCredit(local.initialMaxData)
    this.accepting = { bidi: new AcceptingLimit(local.initialMaxStreamsBidi), uni: new AcceptingLimit(local.initialMaxStreamsUni) }
    this.control = new StreamControl(this)
    this.waits = new SendWaits(clock)
    this.#resets = new ResetAllowance(local.initialMaxStreamsBidi + local.initialMaxStreamsUni)
  }

  /** Whether the peer takes RESET_STREAM_AT. draft-ietf-quic-reliable-stream-reset section 3. */
  get peerTakesResetAt(): boolean {
    return this.#peer?.resetStreamAt === true
  }

  /** Streams that have not ended. */
  get open(): number {
    return this.#streams.size
  }

  all(): IterableIterator<Stream> {
    return this.#streams.values()
  }

  find(id: number): Stream | undefined {
    return this.#streams.get(id)
  }

  usePeerParameters(peer: TransportParameters): void {
    this.#peer = peer
    this.raiseSendCredit(peer.initialMaxData)
    this.raiseOpening('bidi', peer.initialMaxStreamsBidi)
    this.raiseOpening('uni', peer.initialMaxStreamsUni)
    // Those that 0-RTT opened: what was remembered may have grown.
    for (const stream of this.#streams.values()) {
      stream.send?.credit.raise(this.#sendLimit(initiator(stream.id) === this.#side, stream.direction))
      // 0-RTT was refused by a server that does not take part any more.
      if (stream.send !== null && stream.send.reliableSize !== null && !peer.resetStreamAt) this.resetStream(stream, 0n)
      this.sendReady(stream)
    }
  }

  /** The server refused 0-RTT: nothing was sent, and no limit is known. Streams stay, and say everything again. RFC 9001 section 4.6.2. */
  restart(): void {
    this.sendCredit.restart()
    this.opening.bidi.restart()
    this.opening.uni.restart()
    for (const stream of this.#streams.values()) {
      stream.send?.restart()
      this.#schedule.remove(stream)
      this.waits.wait(stream, 'none')
      stream.held = true
    }
  }

  /** Opens a stream of ours, or null where the peer's limit does not allow one now. */
  openStream(kind: Direction, now: Instant = this.#clock.now): Stream | null {
    const limit = this.opening[kind]
    if (this.#peer === null) return null
    if (limit.room <= 0) {
      this.control.streamsBlocked(kind)
      return null
    }
    return this.#create(streamId(this.#side, kind, limit.opened++), now)
  }

  /** A STREAM frame arrived; its data is the `length` bytes of `source` from `from` on. Returns its stream, null if that has ended. */
  acceptData(header: StreamHeader, source: Buffer, from: number): Stream | null {
    const stream = this.#forReceiving(header.stream, 'STREAM')
    if (stream === null) return null
    stream.receive!.receive(header.offset, source, from, header.length, header.fin)
    this.#received(stream)
    return stream
  }

  /** That of which a frame came last; null if it has ended, or none came. */
  get latest(): Stream | null {
    return this.#last
  }

  /** Its receiving half has taken in data, of one STREAM frame or more. */
  dataAccepted(stream: Stream): void {
    this.#received(stream)
  }

  /** A frame that concerns streams arrived. False if it is none of them. */
  accept(frame: Frame, now: Instant): boolean {
    switch (frame.type) {
      case 'resetStream':
        this.#acceptReset(frame, 'RESET_STREAM', now)
        return true
      case 'resetStreamAt':
        if (this.#local.resetStreamAt) this.#acceptReset(frame, 'RESET_STREAM_AT', now)
        else throw new TransportViolation('FRAME_ENCODING_ERROR', 'RESET_STREAM_AT, which was not offered', RESET_STREAM_AT_TYPE)
        return true
      case 'stopSending': {
        const stream = this.#forSending(frame.stream, 'STOP_SENDING')
        if (stream === null) return true
        if (!this.resetStream(stream, frame.code)) return true
        this.#resets.take(now)
        this.#events.push({ type: 'streamStopped', stream, code: frame.code })
        return true
      }
      case 'maxStreamData': {
        const stream = this.#forSending(frame.stream, 'MAX_STREAM_DATA')
        if (stream !== null && stream.send!.credit.raise(frame.limit)) this.sendReady(stream)
        return true
      }
      case 'maxData':
        this.raiseSendCredit(frame.limit)
        return true
      case 'maxStreams':
        this.raiseOpening(frame.direction, frame.limit)
        return true
      case 'streamDataBlocked':
        this.#forReceiving(frame.stream, 'STREAM_DATA_BLOCKED')?.receive?.credit.usedUp()
        return true
      case 'dataBlocked':
      case 'streamsBlocked':
        return true
      default:
        return false
    }
  }

  #acceptReset(frame: FrameOf<'resetStream' | 'resetStreamAt'>, name: string, now: Instant): void {
    const stream = this.#forReceiving(frame.stream, name)
    if (stream === null) return
    const receive = stream.receive!
    // One that we asked for is the peer's duty, and a repeated one costs nothing.
    if (receive.stopCode === null && !receive.isReset) this.#resets.take(now)
    const isNew = receive.stopCode === null && receive.resetCode === null
    if (frame.type === 'resetStream') receive.reset(frame.code, frame.finalSize)
    else receive.resetAt(frame.code, frame.finalSize, frame.reliableSize)
    if (isNew && receive.resetCode !== null) this.#events.push({ type: 'streamReset', stream, code: frame.code })
    this.#received(stream)
  }

  raiseSendCredit(limit: number): void {
    if (!this.sendCredit.raise(limit)) return
    for (const stream of this.#streams.values()) this.sendReady(stream)
  }

  raiseOpening(kind: Direction, limit: number): void {
    if (!this.opening[kind].raise(limit)) return
    this.#events.push({ type: 'streamsAllowed', direction: kind })
    for (const stream of this.#streams.values()) {
      if (!stream.held || stream.direction !== kind || ordinal(stream.id) >= limit) continue
      stream.held = false
      this.sendReady(stream)
    }
  }

  /** The next bytes of a stream, or null when there are none now. */
  read(stream: Stream): Buffer | null {
    const chunk = stream.receive!.read()
    this.#wasRead(stream, chunk === null)
    return chunk
  }

  /** Copies the next bytes of a stream, as many as there are now and fit, and returns how many. */
  readInto(stream: Stream, target: Uint8Array): number {
    const count = stream.receive!.readInto(target)
    this.#wasRead(stream, count === 0)
    return count
  }

  /** The reader has seen that the peer reset the stream. */
  resetRead(stream: Stream): void {
    stream.receive!.resetRead()
    this.#settle(stream)
  }

  /** Gives up sending. Returns false where it is too late for that, or was done before. */
  resetStream(stream: Stream, code: bigint): boolean {
    if (!stream.send!.reset(code)) return false
    this.#schedule.remove(stream)
    this.waits.wait(stream, 'none')
    this.control.reset(stream)
    this.sendProgressed(stream)
    return true
  }

  /** Bytes that may be written to a stream and need no more credit than there is, what waits on others counted first. RFC 9000 section 4.1. */
  roomToWrite(stream: Stream): number {
    const { credit, written } = stream.send!
    let room = this.sendCredit.room
    for (const { send } of this.#streams.values()) if (send !== null) room -= send.sendable
    return Math.max(0, Math.min(credit.limit - written, room))
  }

  /**
   * Gives up all but the first `size` bytes of what was written; all, where the peer does not take part. Returns false where it is too late for that, or
   * was done before. draft-ietf-quic-reliable-stream-reset section 5.
   */
  resetStreamAt(stream: Stream, code: bigint, size: number): boolean {
    if (size === 0 || !this.peerTakesResetAt) return this.resetStream(stream, code)
    if (!stream.send!.resetAt(code, size)) return false
    this.sendReady(stream)
    this.sendProgressed(stream)
    return true
  }

  /** Says how much the stream's data matters beside that of others. RFC 9000 section 2.3. */
  prioritize(stream: Stream, priority: Priority): void {
    this.#schedule.prioritize(stream, priority)
  }

  stopSending(stream: Stream, code: bigint): void {
    if (stream.receive!.stop(code)) this.control.stop(stream)
    if (this.receiveCredit.wantsRaise) this.control.connectionCredit()
    this.#settle(stream)
  }

  get wantsToSend(): boolean {
    return this.control.wantsToSend || this.#first() !== null
  }

  /** Stream data that left, what was sent again included. */
  get bytesSent(): number {
    return this.sendCredit.used + this.sendCredit.resent
  }

  /** Fills what room the packet has with stream data, one stream after the other. False if nothing was written. */
  fillData(packet: SentPacket, writer: Writer): boolean {
    let wrote = false
    for (let stream = this.#first(); stream !== null; stream = this.#first()) {
      if (!stream.send!.fill(packet, writer, this.sendCredit)) break
      wrote = true
      stream.firstSentAt ??= this.#clock.now
      this.#schedule.served(stream)
      if (!stream.send!.wantsToSend(this.sendCredit)) this.#rest(stream)
      // Whoever waits for room has it now: to wait for the acknowledgement would leave the path idle for a round trip.
      this.sendProgressed(stream)
    }
    return wrote
  }

  /** Whose turn it is to fill a packet; null when nobody wants to. */
  get foremost(): Stream | null {
    return this.#first()
  }

  /** The foremost had its turn. */
  served(stream: Stream): void {
    this.#schedule.served(stream)
    this.sendProgressed(stream)
  }

  /** Who fills packet after packet until it is done, so that nobody's turn has to be asked for; null where several take turns. */
  get steady(): Stream | null {
    return this.#schedule.steady
  }

  delivered(frame: Frame): void {
    if (frame.type === 'resetStream') this.#streams.get(frame.stream)?.send?.resetDelivered()
    else if (frame.type === 'resetStreamAt') this.#streams.get(frame.stream)?.send?.resetAtDelivered(frame.reliableSize)
  }

  /** The one that sends next; those before it that cannot now lose their place. */
  #first(): Stream | null {
    for (let stream = this.#schedule.first; stream !== null; stream = this.#schedule.first) {
      if (stream.send!.wantsToSend(this.sendCredit)) return stream
      this.#rest(stream)
    }
    return null
  }

  #rest(stream: Stream): void {
    this.#schedule.remove(stream)
    this.#stalled(stream)
  }

  // ---- what streams tell

  sendReady(stream: Stream): void {
    if (stream.queued || stream.held || stream.send === null || stream.send.ended) return
    if (!stream.send.wantsToSend(this.sendCredit)) {
      this.#stalled(stream)
      return
    }
    this.#schedule.add(stream)
    this.waits.wait(stream, 'turn')
  }

  sendProgressed(stream: Stream): void {
    if (!stream.progressWanted) return
    stream.progressWanted = false
    this.#events.push({ type: 'streamProgressed', stream })
  }

  acknowledged(bytes: number): void {
    this.bytesAcknowledged += bytes
  }

  sendEnded(stream: Stream): void {
    stream.sendEndedAt = this.#clock.now
    this.sendProgressed(stream)
    this.#settle(stream)
  }

  resetDue(stream: Stream): void {
    this.control.reset(stream)
  }

  #wasRead(stream: Stream, nothing: boolean): void {
    const receive = stream.receive!
    // That was the last of what RESET_STREAM_AT promised.
    if (!nothing && receive.resetCode !== null) this.#events.push({ type: 'streamReset', stream, code: receive.resetCode })
    if (nothing && !receive.readable) stream.announced = false
    if (receive.wantsCredit && receive.credit.wantsRaise) this.control.credit(stream)
    if (this.receiveCredit.wantsRaise) this.control.connectionCredit()
    this.#settle(stream)
  }

  /** Says which credit keeps a stream from sending, if any does. */
  #stalled(stream: Stream): void {
    const send = stream.send!
    if (send.blocked) {
      this.control.streamBlocked(stream)
      this.waits.wait(stream, 'streamCredit')
    } else if (send.unsent > 0 && this.sendCredit.room <= 0) {
      this.control.connectionBlocked()
      this.waits.wait(stream, 'connectionCredit')
    } else this.waits.wait(stream, 'none')
  }

  /** Something of the stream arrived. Where nobody will read it, the connection's credit for it goes back at once. */
  #received(stream: Stream): void {
    stream.firstReceivedAt ??= this.#clock.now
    if (stream.receiveEndedAt === null && stream.receive!.complete) stream.receiveEndedAt = this.#clock.now
    this.#announce(stream)
    if (this.receiveCredit.wantsRaise) this.control.connectionCredit()
    this.#settle(stream)
  }

  #announce(stream: Stream): void {
    if (stream.announced || !stream.receive!.readable) return
    stream.announced = true
    this.#events.push({ type: 'streamReadable', stream })
  }

  /** Forgets a stream whose halves have both ended. */
  #settle(stream: Stream): void {
    if (!stream.ended || !this.#streams.delete(stream.id)) return
    if (this.#last === stream) this.#last = null
    this.#schedule.remove(stream)
    this.waits.wait(stream, 'none')
    if (this.#streams.size === 0) this.#blocks.rest()
    if (initiator(stream.id) !== this.#side) {
      const limit = this.accepting[stream.direction]
      limit.streamEnded()
      if (limit.wantsRaise) this.control.streamsCredit(stream.direction)
    }
    this.#events.push({ type: 'streamEnded', stream })
  }

  #create(id: number, now: Instant): Stream {
    const ours = initiator(id) === this.#side
    const kind = direction(id)
    const sendLimit = ours || kind === 'bidi' ? this.#sendLimit(ours, kind) : null
    const receive = !ours || kind === 'bidi' ? new ReceiveStream(id, this.#newCredit(ours, kind), this.receiveCredit, this.#blocks) : null
    const stream = new Stream(id, this, sendLimit, receive, now)
    this.#streams.set(id, stream)
    return stream
  }

  #sendLimit(ours: boolean, kind: Direction): number {
    const peer = this.#peer
    if (peer === null) return 0
    if (kind === 'uni') return peer.initialMaxStreamDataUni
    return ours ? peer.initialMaxStreamDataBidiRemote : peer.initialMaxStreamDataBidiLocal
  }

  #newCredit(ours: boolean, kind: Direction): ReceiveCredit {
    const { initialMaxStreamDataUni, initialMaxStreamDataBidiLocal, initialMaxStreamDataBidiRemote } = this.#local
    const window = kind === 'uni' ? initialMaxStreamDataUni : ours ? initialMaxStreamDataBidiLocal : initialMaxStreamDataBidiRemote
    return new ReceiveCredit(window, this.#largestWindow)
  }

  /** The stream that a frame names which only a sender sends; null if it has ended. RFC 9000 sections 19.4, 19.8 and 19.13. */
  #forReceiving(id: number, frame: string): Stream | null {
    if (initiator(id) === this.#side && direction(id) === 'uni') {
      throw new TransportViolation('STREAM_STATE_ERROR', `${frame} for stream ${id}, on which only we send`)
    }
    return this.#lookUp(id, frame)
  }

  /** The stream that a frame names which only a receiver sends; null if it has ended. RFC 9000 sections 19.5 and 19.10. */
  #forSending(id: number, frame: string): Stream | null {
    if (initiator(id) !== this.#side && direction(id) === 'uni') {
      throw new TransportViolation('STREAM_STATE_ERROR', `${frame} for stream ${id}, on which only the peer sends`)
    }
    return this.#lookUp(id, frame)
  }

  #lookUp(id: number, frame: string): Stream | null {
    const last = this.#last
    if (last !== null && last.id === id) return last
    const known = this.#streams.get(id)
    if (known !== undefined) {
      this.#last = known
      return known
    }
    const kind = direction(id)
    const place = ordinal(id)
    if (initiator(id) === this.#side) {
      if (place < this.opening[kind].opened) return null
      throw new TransportViolation('STREAM_STATE_ERROR', `${frame} for stream ${id}, which we have not opened`)
    }
    const limit = this.accepting[kind]
    if (place < limit.opened) return null
    limit.check(place, id)
    // A stream opens all lower-numbered ones of its kind. RFC 9000 section 2.1.
    let stream: Stream | null = null
    while (limit.opened <= place) {
      stream = this.#create(streamId(initiator(id), kind, limit.opened++), this.#clock.now)
      this.#events.push({ type: 'streamOpened', stream })
    }
    return stream
  }
}
