// Gathers frames into few chunks, so that many small messages become one write. Frames are laid one behind the other in a slab; what was
// taken out is never touched again, and the rest of the slab serves the next batch. A large packet is not copied but handed on as it is.

import { varintSize, Writer } from '@millrace/bytes'
import { BATCH_BYTES, COPY_BYTES } from '../limits.ts'
import { frameTable } from './frame.ts'
import { type Message, messageHeadSize, writeMessageHead } from './message.ts'

export class FrameBatch {
  readonly #writer: Writer = new Writer(new Uint8Array(0))
  #from = 0
  #chunks: Uint8Array[] = []
  /** Bytes gathered since the last `take`. */
  size = 0

  /** A frame whose body is at hand: for the rare kinds. */
  frame(type: number, body: Uint8Array): void {
    this.#header(type, body.length, body.length)
    this.#writer.bytes(body)
  }

  message(message: Message): void {
    const head = messageHeadSize(message)
    this.#header(frameTable.MESSAGE.type, head + message.packet.length, head)
    writeMessageHead(this.#writer, message)
    this.#packet(message.packet)
  }

  /** A result of the message with this sequence. `final`: nothing more comes of it. */
  result(sequence: number, final: boolean, message: Message): void {
    const head = varintSize(sequence) + 1 + messageHeadSize(message)
    this.#header(frameTable.RESULT.type, head + message.packet.length, head)
    this.#writer.varint(sequence)
    this.#writer.u8(final ? 1 : 0)
    writeMessageHead(this.#writer, message)
    this.#packet(message.packet)
  }

  pass(sequence: number): void {
    this.#sequence(frameTable.PASS.type, sequence)
  }

  acknowledge(sequence: number): void {
    this.#sequence(frameTable.ACK.type, sequence)
  }

  /** Which lane a flow is, and the sequence of its first message. */
  flow(lane: number, first: number): void {
    const length = varintSize(lane) + varintSize(first)
    this.#header(frameTable.FLOW.type, length, length)
    this.#writer.varint(lane)
    this.#writer.varint(first)
  }

  /** The chunks to write, in order. */
  take(): readonly Uint8Array[] {
    this.#cut()
    const chunks = this.#chunks
    this.#chunks = []
    this.size = 0
    return chunks
  }

  #sequence(type: number, sequence: number): void {
    const length = varintSize(sequence)
    this.#header(type, length, length)
    this.#writer.varint(sequence)
  }

  #header(type: number, length: number, head: number): void {
    this.#room(varintSize(type) + varintSize(length) + head)
    this.#writer.varint(type)
    this.#writer.varint(length)
    this.size += length
  }

  #packet(packet: Uint8Array): void {
    if (packet.length > COPY_BYTES) {
      this.#cut()
      this.#chunks.push(packet)
      return
    }
    this.#room(packet.length)
    this.#writer.bytes(packet)
  }

  #room(bytes: number): void {
    if (this.#writer.room >= bytes) return
    this.#cut()
    this.#writer.reset(Buffer.allocUnsafeSlow(Math.max(BATCH_BYTES, bytes)))
    this.#from = 0
  }

  #cut(): void {
    if (this.#writer.offset === this.#from) return
    this.#chunks.push(this.#writer.target.subarray(this.#from, this.#writer.offset))
    this.#from = this.#writer.offset
  }
}
