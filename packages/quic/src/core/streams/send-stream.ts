// The sending half of a stream. RFC 9000 section 3.1.
import { varintSize, type Writer } from '@millrace/bytes'
import type { ChunkOwner, SentPacket } from '../recovery/sent-packet.ts'
import { longerHeaderFrom, streamHeaderSize, writeStreamHeader } from '../wire/stream-header.ts'
import { SendCredit } from './flow-control.ts'
import { SendBuffer } from './send-buffer.ts'
import { type SendEvent, type SendState, sendStep } from './states.ts'

/** What a sending half tells the set of streams that it belongs to. */
export interface SendHost {
  /** There is something to send. */
  sendReady(): void
  /** Bytes were acknowledged, so that the buffer shrank. */
  sendProgressed(): void
  /** So many bytes were, without a gap. */
  acknowledged(bytes: number): void
  /** All was acknowledged, or the reset was: nothing more happens here. */
  sendEnded(): void
  /** All that RESET_STREAM_AT promises has been sent: it is time for the frame. */
  resetDue(): void
}

export class SendStream implements ChunkOwner {
  readonly id: number
  readonly credit: SendCredit
  /** STREAM frames that left. */
  frames = 0
  readonly #buffer = new SendBuffer()
  readonly #host: SendHost
  #state: SendState = 'ready'
  #finWanted = false
  #finSent = false
  #finAcknowledged = false
  #resetCode: bigint | null = null
  #reliableSize: number | null = null
  /** The peer has the RESET_STREAM_AT with the reliable size of now. */
  #resetAtAcknowledged = false

  constructor(id: number, limit: number, host: SendHost) {
    this.id = id
    this.credit = new SendCredit(limit)
    this.#host = host
  }

  get state(): SendState {
    return this.#state
  }

  /** Code of the RESET_STREAM or RESET_STREAM_AT that we sent or will send, or null. */
  get resetCode(): bigint | null {
    return this.#resetCode
  }

  /** Bytes that the peer gets in spite of the reset; null where it is RESET_STREAM, or there is none. */
  get reliableSize(): number | null {
    return this.#reliableSize
  }

  /** What a reset gives as final size: all that was ever sent. RFC 9000 section 4.5. */
  get finalSize(): number {
    return this.#buffer.next
  }

  /** Bytes written and not yet acknowledged. */
  get held(): number {
    return this.#buffer.held
  }

  /** Bytes written and never sent. */
  get unsent(): number {
    return this.#buffer.end - this.#buffer.next
  }

  /** Of these, what the stream's own credit lets go. */
  get sendable(): number {
    return Math.max(0, Math.min(this.#buffer.end, this.credit.limit) - this.#buffer.next)
  }

  get written(): number {
    return this.#buffer.end
  }

  get writable(): boolean {
    return !this.#finWanted && this.#resetCode === null && (this.#state === 'ready' || this.#state === 'send')
  }

  /** Nothing is left to do: everything or the reset was acknowledged. */
  get ended(): boolean {
    return this.#state === 'dataReceived' || this.#state === 'resetReceived'
  }

  /** Takes a chunk without copying it. Only while `writable`. */
  write(chunk: Uint8Array): void {
    this.#buffer.write(chunk)
    this.#host.sendReady()
  }

  finish(): void {
    this.#finWanted = true
    this.#host.sendReady()
  }

  /** Gives up what was not delivered. Returns false where it is too late for that. RFC 9000 section 3.5. */
  reset(code: bigint): boolean {
    if (!this.#step('resetAsked')) return false
    // The code of a RESET_STREAM_AT stays. draft-ietf-quic-reliable-stream-reset section 5.2.
    this.#resetCode ??= code
    this.#reliableSize = null
    this.#buffer.clear()
    return true
  }

  /**
   * Gives up all but the first `size` bytes, which are written. As a FIN does, RESET_STREAM_AT goes with the last of them, so that its final size is within
   * the peer's credit. Returns false where it is too late, or as many bytes or fewer were left before. draft-ietf-quic-reliable-stream-reset section 5.
   */
  resetAt(code: bigint, size: number): boolean {
    if (this.#isGivenUp() || this.ended || (this.#reliableSize !== null && size >= this.#reliableSize)) return false
    this.#resetCode ??= code
    this.#reliableSize = size
    this.#resetAtAcknowledged = false
    this.#finWanted = false
    this.#buffer.keepUpTo(size)
    if (this.unsent === 0) this.#host.resetDue()
    return true
  }

  /** RESET_STREAM_AT has left. */
  resetAtSent(): void {
    this.#step('resetAtSent')
  }

  resetAtDelivered(size: number): void {
    if (size !== this.#reliableSize) return
    this.#resetAtAcknowledged = true
    if (this.#isDelivered() && this.#step('allAcknowledged')) this.#host.sendEnded()
  }

  /** Whether a RESET_STREAM_AT that was lost has to go out again. */
  owesResetAt(size: number): boolean {
    return size === this.#reliableSize && !this.#resetAtAcknowledged
  }

  resetDelivered(): void {
    if (this.#step('resetAcknowledged')) this.#host.sendEnded()
  }

  /** Nothing of it was ever sent, and there is no credit yet: 0-RTT was refused. RFC 9001 section 4.6.2. */
  restart(): void {
    this.credit.restart()
    this.#buffer.rewind()
    this.#finSent = false
    if (!this.#isGivenUp()) this.#state = 'ready'
  }

  /** Whether `fill` would find something to send, given the credit of the whole connection. */
  wantsToSend(connection: SendCredit): boolean {
    if (this.#isGivenUp()) return false
    const buffer = this.#buffer
    if (buffer.hasLost) return true
    if (buffer.end > buffer.next) return this.credit.limit > buffer.next && connection.room > 0
    return this.#finWanted && !this.#finSent
  }

  /** All of this stream's own credit is used and more is written. RFC 9000 section 4.1. */
  get blocked(): boolean {
    return !this.#isGivenUp() && this.#buffer.end > this.#buffer.next && this.credit.limit <= this.#buffer.next
  }

  /** Writes one STREAM frame of what is lost or new, as much as there is room for. False if there was nothing, or no room for a byte. */
  fill(packet: SentPacket, writer: Writer, connection: SendCredit): boolean {
    const buffer = this.#buffer
    const again = buffer.hasLost
    const offset = again ? buffer.lostAt : buffer.next
    let length = again ? buffer.lostRun : Math.min(buffer.end - offset, this.credit.limit - offset, connection.room)
    if (length < 0) length = 0
    const room = writer.room
    const bare = streamHeaderSize(this.id, offset, -1)
    if (room < bare + (length > 0 ? 1 : 0)) return false
    const toTheEnd = length >= room - bare
    if (toTheEnd) length = room - bare
    else {
      const header = bare + varintSize(length)
      if (header + length > room) length = room - header
      if (length < 0) return false
    }
    const fin = this.#finWanted && offset + length === buffer.end
    if (length === 0 && (!fin || this.#finSent)) return false
    writeStreamHeader(writer, this.id, offset, toTheEnd ? -1 : length, fin)
    if (length > 0) {
      buffer.send(offset, length, writer.target as Buffer, writer.offset)
      writer.offset += length
      if (again) {
        this.credit.resent += length
        connection.resent += length
      } else {
        connection.used += length
        if (this.#reliableSize !== null && buffer.next === buffer.end) this.#host.resetDue()
      }
    }
    packet.addChunk(this, offset, length, fin)
    this.frames++
    if (fin) this.#finSent = true
    if (fin) this.#step('finSent')
    else if (this.#state === 'ready') this.#step('dataSent')
    return true
  }

  /**
   * How many packets in a row, `most` or fewer, have all of their room, so many bytes each, for one frame of data that was never sent, and more follows it: the
   * middle of a long stream. All are counted as sent, and remembered in `packet`; `fillWhole` writes one after the other.
   */
  beginRun(packet: SentPacket, room: number, most: number, connection: SendCredit): number {
    const buffer = this.#buffer
    const offset = buffer.next
    if (this.#state !== 'send' || this.#reliableSize !== null || buffer.hasLost) return 0
    const length = room - streamHeaderSize(this.id, offset, -1)
    if (length <= 0) return 0
    const bytes = Math.min(connection.room, buffer.end - 1 - offset, this.credit.limit - offset)
    const count = Math.min(most, Math.floor(bytes / length), Math.ceil((longerHeaderFrom(offset) - offset) / length))
    if (count <= 0) return 0
    connection.used += count * length
    this.frames += count
    packet.addRun(this, offset, length, count)
    return count
  }

  /** Writes the next frame of the run that was begun, which takes all the room. */
  fillWhole(writer: Writer): void {
    const buffer = this.#buffer
    const offset = buffer.next
    writeStreamHeader(writer, this.id, offset, -1, false)
    buffer.send(offset, writer.room, writer.target as Buffer, writer.offset)
  }

  chunkDelivered(offset: number, length: number, fin: boolean): void {
    if (this.#isGivenUp()) return
    const freed = this.#buffer.acknowledge(offset, length)
    if (freed > 0) this.#host.acknowledged(freed)
    if (fin) this.#finAcknowledged = true
    if (this.#isDelivered() && this.#step('allAcknowledged')) this.#host.sendEnded()
    else if (freed > 0) this.#host.sendProgressed()
  }

  chunkLost(offset: number, length: number, fin: boolean): void {
    if (this.#isGivenUp()) return
    this.#buffer.lose(offset, length)
    if (fin && !this.#finAcknowledged) this.#finSent = false
    this.#host.sendReady()
  }

  /** By RESET_STREAM: no byte has to arrive any more. */
  #isGivenUp(): boolean {
    return this.#state === 'resetSent' || this.#state === 'resetReceived'
  }

  /** The peer has all that it was to get, and knows that it has. */
  #isDelivered(): boolean {
    return (this.#reliableSize === null ? this.#finAcknowledged : this.#resetAtAcknowledged) && this.#buffer.allAcknowledged
  }

  #step(event: SendEvent): boolean {
    const next = sendStep(this.#state, event)
    if (next === null) return false
    this.#state = next
    return true
  }
}
