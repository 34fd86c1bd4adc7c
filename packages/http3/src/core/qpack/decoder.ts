// The decoder: field sections from request streams, insertions from the encoder stream, and what the peer's encoder is told. RFC 9204 section 2.2.
import { BytesError, Reader } from '@millrace/bytes'
import type { FieldSection } from '../fields/field-section.ts'
import { Http3Error } from '../wire/http3-error.ts'
import { BlockedSections } from './blocked-sections.ts'
import { DynamicTable } from './dynamic-table.ts'
import { EncoderInstructions } from './encoder-instructions.ts'
import { FieldLines } from './field-lines.ts'
import { GrowingBytes } from './growing-bytes.ts'
import { MAX_PENDING_DECODER_INSTRUCTIONS } from './limits.ts'
import { readPrefixedInteger, writePrefixedInteger } from './prefixed-integer.ts'
import { decodeInsertCount, maxEntries } from './required-insert-count.ts'
import { StringTooLong } from './string-literal.ts'

/** What we told the peer in SETTINGS. */
export interface QpackDecoderOptions {
  /** SETTINGS_QPACK_MAX_TABLE_CAPACITY: bytes that the peer's insertions may take here. RFC 9204 section 3.2.3. */
  readonly maxTableCapacity: number
  /** SETTINGS_QPACK_BLOCKED_STREAMS: streams that may wait for insertions. RFC 9204 section 2.1.2. */
  readonly blockedStreams: number
  /** SETTINGS_MAX_FIELD_SECTION_SIZE: bytes of a section once decoded, 32 for each line added. RFC 9114 section 4.2.2. */
  readonly maxFieldSectionSize: number
}

/** Decodes the field sections of one connection. */
export class QpackDecoder {
  readonly #entries: number
  readonly #table = new DynamicTable()
  readonly #instructions: EncoderInstructions
  readonly #blocked: BlockedSections
  readonly #lines: FieldLines
  readonly #reader = new Reader(new Uint8Array(0))
  readonly #toSend = new GrowingBytes()
  readonly #usesTable: boolean
  /** Insertions that the peer knows us to have. RFC 9204 section 2.1.4. */
  #known = 0

  constructor({ maxTableCapacity, blockedStreams, maxFieldSectionSize }: QpackDecoderOptions) {
    this.#entries = maxEntries(maxTableCapacity)
    this.#usesTable = maxTableCapacity > 0
    this.#instructions = new EncoderInstructions(this.#table, maxTableCapacity)
    this.#blocked = new BlockedSections(blockedStreams)
    this.#lines = new FieldLines(this.#table, maxFieldSectionSize)
  }

  /**
   * The field lines of an encoded section. Null: it waits for insertions that have not arrived, its stream is blocked, and it is to be given again once
   * `receiveEncoderStream` names the stream. Throws `Http3Error`: for the stream alone if the section is larger than `maxFieldSectionSize`,
   * QPACK_DECOMPRESSION_FAILED for the connection if it cannot be decoded.
   */
  decode(streamId: number, section: Uint8Array): FieldSection | null {
    try {
      return this.#decode(streamId, this.#reader.reset(section))
    } catch (error) {
      if (error instanceof BytesError) throw failure(error.message)
      throw error
    } finally {
      this.#reader.reset(EMPTY)
    }
  }

  /** Takes in bytes of the encoder stream, and returns the streams that are blocked no more. Throws `Http3Error` QPACK_ENCODER_STREAM_ERROR. */
  receiveEncoderStream(bytes: Uint8Array): readonly number[] {
    this.#instructions.receive(bytes)
    return this.#blocked.takeReady(this.#table.insertCount)
  }

  /** Bytes to send on the decoder stream; null if there are none. Insertions that arrived are acknowledged here, together. RFC 9204 section 2.2.2.3. */
  takeInstructions(): Uint8Array | null {
    const increment = this.#table.insertCount - this.#known
    if (increment > 0) writePrefixedInteger(this.#toSend, 0x00, 6, increment)
    this.#known = this.#table.insertCount
    return this.#toSend.length === 0 ? null : this.#toSend.take()
  }

  /** The stream was reset, or is read no further: its sections will not be acknowledged. RFC 9204 section 2.2.2.2. */
  cancel(streamId: number): void {
    this.#blocked.release(streamId)
    // Without a table nothing can refer to it.
    if (this.#usesTable) this.#tell(0x40, 6, streamId)
  }

  #decode(streamId: number, reader: Reader): FieldSection | null {
    const required = decodeInsertCount(readPrefixedInteger(reader, reader.u8(), 8), this.#entries, this.#table.insertCount)
    if (required === null) throw failure('a Required Insert Count that no encoder writes')
    if (required > this.#table.insertCount) {
      this.#blocked.hold(streamId, required, reader.end)
      return null
    }
    this.#blocked.release(streamId)
    const base = readBase(reader, required)
    try {
      return this.#lines.read(reader, required, base)
    } catch (error) {
      if (error instanceof StringTooLong) throw new Http3Error('H3_EXCESSIVE_LOAD', 'a field section larger than allowed', 'stream')
      throw error
    } finally {
      // Also of a section that is too large: it is done with, and what it refers to may go.
      if (required > 0) this.#acknowledge(streamId, required)
    }
  }

  #acknowledge(streamId: number, required: number): void {
    this.#known = Math.max(this.#known, required)
    this.#tell(0x80, 7, streamId)
  }

  #tell(pattern: number, bits: number, streamId: number): void {
    if (this.#toSend.length > MAX_PENDING_DECODER_INSTRUCTIONS) {
      throw new Http3Error('H3_EXCESSIVE_LOAD', 'the decoder stream is not read')
    }
    writePrefixedInteger(this.#toSend, pattern, bits, streamId)
  }
}

const EMPTY = new Uint8Array(0)

/** RFC 9204 section 4.5.1.2. */
function readBase(reader: Reader, required: number): number {
  const first = reader.u8()
  const delta = readPrefixedInteger(reader, first, 7)
  if (first < 0x80) return required + delta
  if (required <= delta) throw failure('a negative Base')
  return required - delta - 1
}

function failure(reason: string): Http3Error {
  return new Http3Error('QPACK_DECOMPRESSION_FAILED', reason)
}
