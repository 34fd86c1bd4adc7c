// What a mold is made of: one shape a type, nested as the type is.
import { Reader } from '@millrace/bytes'
import { Y3Error } from '../error.ts'
import { Header } from '../header.ts'
import { MAX_PACKETS } from '../limits.ts'
import type { Generation } from '../primitive.ts'
import type { Tail } from '../tail.ts'

export interface Shape<T> {
  /** What it describes, for messages: `int32`, `string[]`, `struct`. */
  readonly name: string
  /** Flags in the tag of such a packet, inside a struct or a list. */
  readonly flags: number
  /** Flags in the tag of such a packet right under the root: there, a list of structs goes without the array flag. */
  readonly outerFlags: number
  /** Whether a struct leaves a field out when its value takes no bytes. */
  readonly omitsEmpty: boolean
  zero(): T
  /** Reads the packet that `scan` stands at, and may move `scan`. */
  read(scan: Scan): T
  /** Writes the value without its header; `place` names it in errors. */
  write(tail: Tail, value: T, generation: Generation, place: string): void
}

/** A walk through the packets of one decoded value. */
export class Scan {
  readonly generation: Generation
  readonly reader: Reader
  readonly header: Header = new Header()
  readonly #bytes: Uint8Array
  #packets = MAX_PACKETS

  constructor(bytes: Uint8Array, generation: Generation) {
    this.generation = generation
    this.#bytes = bytes
    this.reader = new Reader(bytes)
  }

  /** Stands at the packet that begins at `at`, inside a run that ends at `end`; the reader covers its value. */
  next(at: number, end: number): Header {
    if (this.#packets-- === 0) throw new Y3Error('TOO_MANY', `a value holds more than ${MAX_PACKETS} packets`, at)
    const header = this.header.read(this.reader.reset(this.#bytes, at, end))
    this.reader.reset(this.#bytes, header.value, header.end)
    return header
  }

  /** The fault that a packet of the other kind is. */
  wrongKind(expected: string): Y3Error {
    return new Y3Error(
      'WRONG_KIND',
      `a ${this.header.isNode ? 'node' : 'primitive'} stands where ${expected} is expected`,
      this.header.start,
    )
  }
}
