// What a mold is made of: one shape a type, nested as the type is.
import { Y3Error } from '../error.ts'
import { Header } from '../header.ts'
import { MAX_PACKETS } from '../limits.ts'
import type { Generation, Primitive } from '../primitive.ts'
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
  /** Of a scalar, its type, which a struct reads and writes without going through the shape; null of the others. */
  readonly primitive: Primitive<T> | null
  zero(): T
  /** Reads the packet that `scan` stands at, and may move `scan`. */
  read(scan: Scan): T
  /** Writes the value without its header; `place` names it in errors. */
  write(tail: Tail, value: T, generation: Generation, place: string): void
}

/** A walk through the packets of one decoded value. */
export class Scan {
  readonly bytes: Uint8Array
  readonly generation: Generation
  readonly header: Header = new Header()
  #packets = MAX_PACKETS

  constructor(bytes: Uint8Array, generation: Generation) {
    this.bytes = bytes
    this.generation = generation
  }

  /** Stands at the packet that begins at `at`, inside a run that ends at `end`. */
  next(at: number, end: number): Header {
    this.count(at)
    return this.header.read(this.bytes, at, end)
  }

  /** Counts the packet that begins at `at`, for who reads its header by itself. Throws TOO_MANY. */
  count(at: number): void {
    if (this.#packets-- === 0) throw new Y3Error('TOO_MANY', `a value holds more than ${MAX_PACKETS} packets`, at)
  }

  /** The fault that a packet of the other kind is. */
  wrongKind(expected: string): Y3Error {
    const { isNode, start } = this.header
    return new Y3Error('WRONG_KIND', `a ${isNode ? 'node' : 'primitive'} stands where ${expected} is expected`, start)
  }
}
