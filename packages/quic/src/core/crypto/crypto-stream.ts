// The CRYPTO bytes of one encryption level, both ways. RFC 9000 sections 7.5 and 19.6.
import { varintSize, type Writer } from '@millrace/bytes'
import { TransportViolation } from '../errors.ts'
import { MAX_CRYPTO_BUFFER, MAX_CRYPTO_TOTAL } from '../limits.ts'
import type { ChunkOwner, SentPacket } from '../recovery/sent-packet.ts'
import { ReceiveBuffer } from '../streams/receive-buffer.ts'
import { SendBuffer } from '../streams/send-buffer.ts'

const CRYPTO = 0x06
/** A frame for fewer bytes than this is not worth its header. */
const LEAST_USEFUL = 8

export class CryptoStream implements ChunkOwner {
  // Made when first needed: a level that is over has none.
  #sending: SendBuffer | null = null
  #receiving: ReceiveBuffer | null = null
  #readingEnded = false
  /** Arrived in order, and lies in its datagram still: mostly it is read before the next frame is, and needs no buffer of 4 KiB. */
  #arrived: Uint8Array | null = null

  #outgoing(): SendBuffer {
    this.#sending ??= new SendBuffer()
    return this.#sending
  }

  #incoming(): ReceiveBuffer {
    this.#receiving ??= new ReceiveBuffer(null, 'CRYPTO_BUFFER_EXCEEDED')
    return this.#receiving
  }

  write(bytes: Uint8Array): void {
    this.#outgoing().write(bytes)
  }

  get wantsToSend(): boolean {
    return this.#sending !== null && (this.#sending.hasLost || this.#sending.end > this.#sending.next)
  }

  /** Whether anything that was sent is still unacknowledged. */
  get unacknowledged(): boolean {
    return this.#sending !== null && !this.#sending.allAcknowledged
  }

  /** What was sent and not acknowledged goes out again: the content of a probe. RFC 9002 section 6.2.4. */
  sendAgain(): void {
    if (this.#sending === null) return
    const from = this.#outgoing().end - this.#outgoing().held
    if (this.#outgoing().next > from) this.#outgoing().lose(from, this.#outgoing().next - from)
  }

  fill(packet: SentPacket, writer: Writer): boolean {
    let wrote = false
    while (this.wantsToSend) {
      const again = this.#outgoing().hasLost
      const offset = again ? this.#outgoing().lostAt : this.#outgoing().next
      const wanted = again ? this.#outgoing().lostRun : this.#outgoing().end - offset
      const room = writer.room - 1 - varintSize(offset) - 2
      const length = Math.min(wanted, room)
      if (length < Math.min(wanted, LEAST_USEFUL)) break
      writer.u8(CRYPTO)
      writer.varint(offset)
      writer.varint2(length)
      this.#outgoing().send(offset, length, writer.target as Buffer, writer.offset)
      writer.offset += length
      packet.addChunk(this, offset, length, false)
      wrote = true
    }
    return wrote
  }

  chunkDelivered(offset: number, length: number): void {
    this.#outgoing().acknowledge(offset, length)
  }

  chunkLost(offset: number, length: number): void {
    this.#outgoing().lose(offset, length)
  }

  receive(offset: number, data: Uint8Array): void {
    const end = offset + data.length
    if (this.#readingEnded && end > this.#incoming().read) {
      throw new TransportViolation('PROTOCOL_VIOLATION', 'CRYPTO data at a level that the handshake has left', CRYPTO)
    }
    if (end - this.#incoming().read > MAX_CRYPTO_BUFFER || end > MAX_CRYPTO_TOTAL) {
      throw new TransportViolation(
        'CRYPTO_BUFFER_EXCEEDED',
        `CRYPTO data reaches ${end} bytes where ${this.#incoming().read} are read`,
        CRYPTO,
      )
    }
    if (data.length === 0) return
    this.#keepArrived()
    if (offset === this.#incoming().read && this.#incoming().isDrained) this.#arrived = data
    else this.#incoming().insert(offset, data, 0, data.length)
  }

  /** TLS has moved on to another level: nothing new may arrive here, or wait to be read. RFC 9001 section 4.1.3. */
  endReading(): void {
    this.#readingEnded = true
    if (this.#arrived !== null || this.#receiving?.isDrained === false) {
      throw new TransportViolation('PROTOCOL_VIOLATION', 'CRYPTO data is left at a level that the handshake leaves', CRYPTO)
    }
  }

  /** The next bytes in order, or null. They may lie in the datagram at hand. */
  read(): Uint8Array | null {
    const arrived = this.#arrived
    if (arrived === null) return this.#receiving === null ? null : this.#receiving.take()
    this.#arrived = null
    this.#incoming().skip(arrived.length)
    return arrived
  }

  /** Nobody has read it, and there is more. */
  #keepArrived(): void {
    if (this.#arrived !== null) this.#incoming().insert(this.#incoming().read, this.#arrived, 0, this.#arrived.length)
    this.#arrived = null
  }
}
