// What has to be told about streams apart from their data: credit given, credit wanted, resets and stops. Each is a fact that is stated until the
// peer has it or it is no longer true (RFC 9000 section 13.3), never a queue of frames.
import { ChurnSet, type Writer } from '@millrace/bytes'
import type { Instant } from '../instant.ts'
import type { SentPacket } from '../recovery/sent-packet.ts'
import { type Frame, kindOf } from '../wire/frames/index.ts'
import type { SendStream } from './send-stream.ts'
import type { Stream } from './stream.ts'
import type { Direction } from './stream-id.ts'
import type { Streams } from './streams.ts'

const DIRECTIONS = ['bidi', 'uni'] as const

export class StreamControl {
  readonly #streams: Streams
  /** Streams of which something waits to be stated. */
  readonly #pending = new ChurnSet<Stream>()
  #connectionCredit = false
  #connectionBlocked = false
  readonly #streamsCredit: Record<Direction, boolean> = { bidi: false, uni: false }
  readonly #streamsBlocked: Record<Direction, boolean> = { bidi: false, uni: false }
  #wantsToSend = false

  constructor(streams: Streams) {
    this.#streams = streams
  }

  /** Whether anything waits to be stated. Asked for each packet, so that it is worked out where that changes. */
  get wantsToSend(): boolean {
    return this.#wantsToSend
  }

  reset(stream: Stream): void {
    stream.resetPending = true
    this.#add(stream)
  }

  stop(stream: Stream): void {
    stream.stopPending = true
    this.#add(stream)
  }

  credit(stream: Stream): void {
    stream.creditPending = true
    this.#add(stream)
  }

  connectionCredit(): void {
    this.#connectionCredit = true
    this.#wantsToSend = true
  }

  streamsCredit(kind: Direction): void {
    this.#streamsCredit[kind] = true
    this.#wantsToSend = true
  }

  /** Said once for each limit that stops us. RFC 9000 section 4.1. */
  streamBlocked(stream: Stream): void {
    const credit = stream.send!.credit
    if (credit.blockedAt === credit.limit) return
    credit.blockedAt = credit.limit
    stream.blockedPending = true
    this.#add(stream)
  }

  connectionBlocked(): void {
    const credit = this.#streams.sendCredit
    if (credit.blockedAt === credit.limit) return
    credit.blockedAt = credit.limit
    this.#connectionBlocked = true
    this.#wantsToSend = true
  }

  streamsBlocked(kind: Direction): void {
    const limit = this.#streams.opening[kind]
    if (limit.blockedAt === limit.limit) return
    limit.blockedAt = limit.limit
    this.#streamsBlocked[kind] = true
    this.#wantsToSend = true
  }

  /** States what waits, as far as there is room. `roundTrip` is the shortest that was seen, in milliseconds. False if nothing was written. */
  fill(packet: SentPacket, writer: Writer, now: Instant, roundTrip: number): boolean {
    const before = writer.offset
    const streams = this.#streams
    if (this.#connectionCredit && put({ type: 'maxData', limit: streams.receiveCredit.raise(now, roundTrip) }, packet, writer))
      this.#connectionCredit = false
    if (this.#connectionBlocked && put({ type: 'dataBlocked', limit: streams.sendCredit.limit }, packet, writer))
      this.#connectionBlocked = false
    for (const direction of DIRECTIONS) {
      if (
        this.#streamsCredit[direction] &&
        put({ type: 'maxStreams', direction, limit: streams.accepting[direction].raise() }, packet, writer)
      ) {
        this.#streamsCredit[direction] = false
      }
      if (
        this.#streamsBlocked[direction] &&
        put({ type: 'streamsBlocked', direction, limit: streams.opening[direction].limit }, packet, writer)
      ) {
        this.#streamsBlocked[direction] = false
      }
    }
    for (const stream of this.#pending) {
      if (stream.held) continue
      if (!fillStream(stream, packet, writer, now, roundTrip)) break
      this.#pending.delete(stream)
    }
    this.#wantsToSend = this.#isWaiting()
    return writer.offset > before
  }

  /** A frame was lost: what it said is said again if it is still so. */
  lost(frame: Frame): void {
    const streams = this.#streams
    switch (frame.type) {
      case 'maxData':
        if (frame.limit === streams.receiveCredit.limit) this.connectionCredit()
        return
      case 'dataBlocked':
        if (frame.limit !== streams.sendCredit.limit || streams.sendCredit.room > 0) return
        this.#connectionBlocked = true
        this.#wantsToSend = true
        return
      case 'maxStreams':
        if (frame.limit === streams.accepting[frame.direction].limit) this.streamsCredit(frame.direction)
        return
      case 'streamsBlocked':
        if (frame.limit !== streams.opening[frame.direction].limit) return
        this.#streamsBlocked[frame.direction] = true
        this.#wantsToSend = true
        return
      case 'maxStreamData': {
        const stream = streams.find(frame.stream)
        if (stream?.receive?.wantsCredit && frame.limit === stream.receive.credit.limit) this.credit(stream)
        return
      }
      case 'streamDataBlocked': {
        const stream = streams.find(frame.stream)
        if (!stream?.send?.blocked || frame.limit !== stream.send.credit.limit) return
        stream.blockedPending = true
        this.#add(stream)
        return
      }
      case 'resetStream': {
        const stream = streams.find(frame.stream)
        if (stream?.send?.state === 'resetSent') this.reset(stream)
        return
      }
      case 'resetStreamAt': {
        const stream = streams.find(frame.stream)
        if (stream?.send?.owesResetAt(frame.reliableSize)) this.reset(stream)
        return
      }
      case 'stopSending': {
        const stream = streams.find(frame.stream)
        if (stream?.receive && !stream.receive.ended) this.stop(stream)
        return
      }
      default:
        return
    }
  }

  #add(stream: Stream): void {
    this.#pending.add(stream)
    this.#wantsToSend = true
  }

  #isWaiting(): boolean {
    return (
      this.#pending.size > 0 ||
      this.#connectionCredit ||
      this.#connectionBlocked ||
      this.#streamsCredit.bidi ||
      this.#streamsCredit.uni ||
      this.#streamsBlocked.bidi ||
      this.#streamsBlocked.uni
    )
  }
}

/** States all that waits of one stream. False if the packet was full before the end. */
function fillStream(stream: Stream, packet: SentPacket, writer: Writer, now: Instant, roundTrip: number): boolean {
  const { id, send, receive } = stream
  if (stream.resetPending) {
    if (!putReset(id, send!, packet, writer)) return false
    stream.resetPending = false
  }
  if (stream.stopPending) {
    if (!put({ type: 'stopSending', stream: id, code: receive!.stopCode! }, packet, writer)) return false
    stream.stopPending = false
  }
  if (stream.creditPending) {
    if (receive!.wantsCredit && !put({ type: 'maxStreamData', stream: id, limit: receive!.credit.raise(now, roundTrip) }, packet, writer)) {
      return false
    }
    stream.creditPending = false
  }
  if (stream.blockedPending) {
    if (send!.blocked && !put({ type: 'streamDataBlocked', stream: id, limit: send!.credit.limit }, packet, writer)) return false
    stream.blockedPending = false
  }
  return true
}

/** RESET_STREAM, or RESET_STREAM_AT once all that it promises has been sent: as long as some has not, it waits for that. False if there is no room. */
function putReset(stream: number, send: SendStream, packet: SentPacket, writer: Writer): boolean {
  const { finalSize, reliableSize } = send
  const code = send.resetCode!
  if (reliableSize === null) return put({ type: 'resetStream', stream, code, finalSize }, packet, writer)
  if (send.unsent > 0) return true
  if (!put({ type: 'resetStreamAt', stream, code, finalSize, reliableSize }, packet, writer)) return false
  send.resetAtSent()
  return true
}

/** Writes a frame and remembers it with the packet. False if there is no room. */
export function put(frame: Frame, packet: SentPacket, writer: Writer): boolean {
  const kind = kindOf(frame)
  if (kind.size(frame) > writer.room) return false
  kind.encode(frame, writer)
  packet.addFrame(frame)
  return true
}
