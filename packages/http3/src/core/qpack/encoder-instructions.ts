// The encoder stream as the decoder reads it: instructions that change the dynamic table. RFC 9204 section 4.3.
import { BytesError, Reader } from '@millrace/bytes'
import { Http3Error } from '../wire/http3-error.ts'
import { type DynamicTable, ENTRY_OVERHEAD, entrySize } from './dynamic-table.ts'
import { MAX_HUFFMAN_GROWTH } from './limits.ts'
import { readPrefixedInteger } from './prefixed-integer.ts'
import { STATIC_TABLE } from './static-table.ts'
import { StringReader, type StringSpan, StringTooLong } from './string-literal.ts'

/** Applies the instructions of an encoder stream to the decoder's table, however the bytes are cut. */
export class EncoderInstructions {
  readonly #table: DynamicTable
  readonly #maxCapacity: number
  readonly #reader = new Reader(new Uint8Array(0))
  readonly #strings = new StringReader()
  readonly #name: StringSpan = { start: 0, end: 0, huffman: false }
  readonly #value: StringSpan = { start: 0, end: 0, huffman: false }
  /** The beginning of an instruction, whose end has not come. */
  #unfinished: Uint8Array = EMPTY
  #held = 0

  constructor(table: DynamicTable, maxCapacity: number) {
    this.#table = table
    this.#maxCapacity = maxCapacity
  }

  /** Applies what is complete and keeps the rest. Throws `Http3Error` QPACK_ENCODER_STREAM_ERROR. */
  receive(bytes: Uint8Array): void {
    const reader = this.#held === 0 ? this.#reader.reset(bytes) : this.#joined(bytes)
    let applied = 0
    try {
      while (reader.remaining > 0) {
        this.#instruction(reader)
        applied = reader.offset
      }
    } catch (error) {
      if (error instanceof StringTooLong) throw failure('an entry larger than the dynamic table')
      if (!(error instanceof BytesError)) throw error
      if (error.code !== 'TRUNCATED') throw failure(error.message)
    }
    this.#keep(reader.source.subarray(applied, reader.end))
    reader.reset(EMPTY)
  }

  #instruction(reader: Reader): void {
    const first = reader.u8()
    if (first >= 0x80) this.#insertWithNameReference(reader, first)
    else if (first >= 0x40) this.#insertWithLiteralName(reader, first)
    else if (first >= 0x20) this.#setCapacity(readPrefixedInteger(reader, first, 5))
    else this.#duplicate(readPrefixedInteger(reader, first, 5))
  }

  /** Section 4.3.2. */
  #insertWithNameReference(reader: Reader, first: number): void {
    const index = readPrefixedInteger(reader, first, 6)
    const name = (first & 0x40) !== 0 ? STATIC_TABLE[index]?.[0] : this.#relative(index)?.name
    if (name === undefined) throw failure('a name that is not in the table')
    this.#locate(reader, reader.u8(), 7, this.#value)
    this.#insert(name, this.#decode(reader, this.#value, name.length))
  }

  /** Section 4.3.3. */
  #insertWithLiteralName(reader: Reader, first: number): void {
    this.#locate(reader, first, 5, this.#name)
    this.#locate(reader, reader.u8(), 7, this.#value)
    const name = this.#decode(reader, this.#name, 0)
    this.#insert(name, this.#decode(reader, this.#value, name.length))
  }

  /** Section 4.3.1. */
  #setCapacity(capacity: number): void {
    if (capacity > this.#maxCapacity) throw failure(`a capacity of ${capacity}, where ${this.#maxCapacity} is allowed`)
    this.#table.setCapacity(capacity)
  }

  /** Section 4.3.4. */
  #duplicate(index: number): void {
    const entry = this.#relative(index)
    if (entry === undefined) throw failure('a duplicate of what is not in the table')
    this.#insert(entry.name, entry.value)
  }

  #relative(index: number) {
    return this.#table.entry(this.#table.insertCount - 1 - index)
  }

  #insert(name: string, value: string): void {
    if (entrySize(name, value) > this.#table.capacity) throw failure('an entry larger than the dynamic table')
    this.#table.insert(name, value)
  }

  /** Finds a string, and refuses what no entry could hold before the rest of it is waited for. */
  #locate(reader: Reader, first: number, bits: number, span: StringSpan): void {
    const start = reader.offset
    const length = readPrefixedInteger(reader, first, bits)
    if (length > (this.#table.capacity - ENTRY_OVERHEAD) * MAX_HUFFMAN_GROWTH) throw new StringTooLong()
    reader.offset = start
    this.#strings.locate(reader, first, bits, span)
  }

  #decode(reader: Reader, span: StringSpan, taken: number): string {
    return this.#strings.decode(reader.source, span, Math.max(0, this.#table.capacity - ENTRY_OVERHEAD - taken))
  }

  /** The reader over what was held and what came now. */
  #joined(bytes: Uint8Array): Reader {
    const length = this.#held + bytes.length
    if (length > this.#unfinished.length) {
      const grown = new Uint8Array(Math.max(64, this.#unfinished.length * 2, length))
      grown.set(this.#unfinished.subarray(0, this.#held))
      this.#unfinished = grown
    }
    this.#unfinished.set(bytes, this.#held)
    return this.#reader.reset(this.#unfinished, 0, length)
  }

  #keep(rest: Uint8Array): void {
    if (rest.length > this.#unfinished.length) this.#unfinished = new Uint8Array(rest.length)
    if (rest.length > 0) this.#unfinished.set(rest)
    else this.#unfinished = EMPTY
    this.#held = rest.length
  }
}

const EMPTY: Uint8Array = new Uint8Array(0)

function failure(reason: string): Http3Error {
  return new Http3Error('QPACK_ENCODER_STREAM_ERROR', reason)
}
