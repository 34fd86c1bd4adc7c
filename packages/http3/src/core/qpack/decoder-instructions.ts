// The decoder stream as the encoder reads it. RFC 9204 section 4.4.
import { BytesError, Reader } from '@millrace/bytes'
import { Http3Error } from '../wire/http3-error.ts'
import { readPrefixedInteger } from './prefixed-integer.ts'

/** What the peer's decoder tells our encoder. */
export interface DecoderInstructionHandler {
  /** Section 4.4.1. */
  sectionAcknowledged(streamId: number): void
  /** Section 4.4.2. */
  streamCancelled(streamId: number): void
  /** Section 4.4.3. */
  insertCountIncremented(increment: number): void
}

/** Reads the instructions of a decoder stream, however the bytes are cut. */
export class DecoderInstructions {
  readonly #handler: DecoderInstructionHandler
  /** The beginning of an instruction, which is an integer of 10 bytes at most. */
  #unfinished: Uint8Array = EMPTY

  constructor(handler: DecoderInstructionHandler) {
    this.#handler = handler
  }

  /** Hands on what is complete and keeps the rest. Throws `Http3Error` QPACK_DECODER_STREAM_ERROR. */
  receive(bytes: Uint8Array): void {
    const all = this.#unfinished.length === 0 ? bytes : joined(this.#unfinished, bytes)
    const reader = new Reader(all)
    let applied = 0
    try {
      while (reader.remaining > 0) {
        this.#instruction(reader)
        applied = reader.offset
      }
    } catch (error) {
      if (!(error instanceof BytesError)) throw error
      if (error.code !== 'TRUNCATED') throw new Http3Error('QPACK_DECODER_STREAM_ERROR', error.message)
    }
    this.#unfinished = applied === all.length ? EMPTY : all.slice(applied)
  }

  #instruction(reader: Reader): void {
    const first = reader.u8()
    if (first >= 0x80) this.#handler.sectionAcknowledged(readPrefixedInteger(reader, first, 7))
    else if (first >= 0x40) this.#handler.streamCancelled(readPrefixedInteger(reader, first, 6))
    else this.#handler.insertCountIncremented(readPrefixedInteger(reader, first, 6))
  }
}

const EMPTY: Uint8Array = new Uint8Array(0)

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length)
  all.set(first)
  all.set(second, first.length)
  return all
}
