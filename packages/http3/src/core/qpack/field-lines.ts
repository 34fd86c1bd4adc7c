// The field lines of an encoded field section. RFC 9204 section 4.5.2 to 4.5.6.
import type { Reader } from '@millrace/bytes'
import type { FieldSection } from '../fields/field-section.ts'
import { Http3Error } from '../wire/http3-error.ts'
import { type DynamicTable, ENTRY_OVERHEAD, type Entry } from './dynamic-table.ts'
import { readPrefixedInteger } from './prefixed-integer.ts'
import { STATIC_TABLE } from './static-table.ts'
import { StringReader, type StringSpan, StringTooLong } from './string-literal.ts'

/** Reads field lines, and counts what they come to while it does: a reference of a byte may stand for a whole table's worth. */
export class FieldLines {
  readonly #table: DynamicTable
  readonly #maxSize: number
  readonly #strings = new StringReader()
  readonly #span: StringSpan = { start: 0, end: 0, huffman: false }
  #required = 0
  #base = 0
  /** Bytes that the section may still come to. */
  #left = 0
  #fields: string[] = []

  constructor(table: DynamicTable, maxSize: number) {
    this.#table = table
    this.#maxSize = maxSize
  }

  /** Reads to the end. Throws `StringTooLong` when the section gets too large, `BytesError` or `Http3Error` when it is malformed. */
  read(reader: Reader, required: number, base: number): FieldSection {
    this.#required = required
    this.#base = base
    this.#left = this.#maxSize
    const fields: string[] = []
    this.#fields = fields
    while (reader.remaining > 0) this.#line(reader, reader.u8())
    return fields
  }

  #line(reader: Reader, first: number): void {
    if (first >= 0x80) this.#indexed(reader, first)
    else if (first >= 0x40) this.#literal(reader, this.#nameReference(reader, first))
    else if (first >= 0x20) this.#literal(reader, this.#string(reader, first, 3))
    else if (first >= 0x10) this.#add(this.#postBase(readPrefixedInteger(reader, first, 4)))
    else this.#literal(reader, this.#postBase(readPrefixedInteger(reader, first, 3)).name)
  }

  /** Section 4.5.2. */
  #indexed(reader: Reader, first: number): void {
    const index = readPrefixedInteger(reader, first, 6)
    if ((first & 0x40) === 0) {
      this.#add(this.#dynamic(this.#base - 1 - index))
      return
    }
    const line = STATIC_TABLE[index]
    if (line === undefined) throw unknownIndex()
    this.#count(line[0].length + line[1].length)
    this.#fields.push(line[0], line[1])
  }

  /** The name of section 4.5.4. */
  #nameReference(reader: Reader, first: number): string {
    const index = readPrefixedInteger(reader, first, 4)
    if ((first & 0x10) === 0) return this.#dynamic(this.#base - 1 - index).name
    const line = STATIC_TABLE[index]
    if (line === undefined) throw unknownIndex()
    return line[0]
  }

  #literal(reader: Reader, name: string): void {
    const value = this.#string(reader, reader.u8(), 7)
    this.#count(name.length + value.length)
    this.#fields.push(name, value)
  }

  #add(entry: Entry): void {
    this.#count(entry.name.length + entry.value.length)
    this.#fields.push(entry.name, entry.value)
  }

  #string(reader: Reader, first: number, bits: number): string {
    this.#strings.locate(reader, first, bits, this.#span)
    return this.#strings.decode(reader.source, this.#span, this.#left)
  }

  #postBase(index: number): Entry {
    return this.#dynamic(this.#base + index)
  }

  /** What is in the table, but at or above the Required Insert Count, is refused too: the section said that it needs less (section 2.2.3). */
  #dynamic(absolute: number): Entry {
    const entry = absolute < this.#required ? this.#table.entry(absolute) : undefined
    if (entry === undefined) throw unknownIndex()
    return entry
  }

  #count(bytes: number): void {
    this.#left -= bytes + ENTRY_OVERHEAD
    if (this.#left < 0) throw new StringTooLong()
  }
}

function unknownIndex(): Http3Error {
  return new Http3Error('QPACK_DECOMPRESSION_FAILED', 'an index that is not in the table, or above the Required Insert Count')
}
