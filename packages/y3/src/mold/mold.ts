// A mold says how one packet becomes a typed value, and back.
import { writeHeader } from '../header.ts'
import { DEFAULT_GENERATION, type Generation, type PrimitiveType, type PrimitiveValues } from '../primitive.ts'
import { type Key, parseUserKey } from '../tag.ts'
import { Tail } from '../tail.ts'
import { resolveShape } from './resolve.ts'
import { Scan, type Shape } from './shape.ts'

/** A mold that has taken more room than that gives it up: a small packet that is kept should not keep much more than itself. */
const LARGEST_SPARE = 16_384

/** One mold serves any number of packets. Made by `mold`. */
export class Mold<T> {
  readonly shape: Shape<T>
  /** The room in which values are written, kept from one to the next; null while it is in use. */
  #spare: Tail | null = null

  constructor(shape: Shape<T>) {
    this.shape = shape
  }

  /** What it describes, for messages: `int32`, `string[]`, `struct`. */
  get name(): string {
    return this.shape.name
  }

  /** What an absent value is: `''`, 0, false, no bytes, an empty list, a struct of such. */
  zero(): T {
    return this.shape.zero()
  }

  /**
   * The value of the packet that `bytes` begin with, whatever its id. Byte arrays in it are views of `bytes`.
   * Throws WRONG_KIND, EMPTY_VALUE, VALUE_TOO_LONG, TRUNCATED, NEGATIVE_LENGTH, VARINT_TOO_LONG or TOO_MANY.
   */
  decode(bytes: Uint8Array, generation: Generation = DEFAULT_GENERATION): T {
    const scan = new Scan(bytes, generation)
    scan.next(0, bytes.length)
    return this.shape.read(scan)
  }

  /**
   * One packet with that value. `key` is from 0x10 to 0x3F. Packets of up to 2 KiB share the memory behind them, as small Buffers of Node do.
   * Throws BAD_KEY, and BAD_VALUE, which names the field.
   */
  encode(key: Key, value: T, generation: Generation = DEFAULT_GENERATION): Uint8Array {
    return this.finish(this.begin(key, value, generation))
  }

  /** The first half of `encode`: the packet in a tail that more can be put before. */
  begin(key: Key, value: T, generation: Generation): Tail {
    const id = parseUserKey(key)
    // A value's accessors may use the same mold, so the tail is taken rather than shared.
    // Its memory is gone when somebody has transferred that of a packet.
    const spare = this.#spare
    const tail = spare === null || spare.capacity === 0 ? new Tail() : spare
    this.#spare = null
    tail.reset()
    this.shape.write(tail, value, generation, this.name)
    writeHeader(tail, this.shape.outerFlags | id, tail.length)
    return tail
  }

  /** The second half: what the tail holds. */
  finish(tail: Tail): Uint8Array {
    const bytes = tail.cut()
    if (tail.capacity <= LARGEST_SPARE) this.#spare = tail
    return bytes
  }
}

/** A field of a struct: its key, 0x10 to 0x3F, and the mold of its value. */
export type FieldSpec = { readonly key: Key; readonly type: MoldSpec } | readonly [key: Key, type: MoldSpec]

/**
 * What a mold can be made of: the name of a primitive type; a sample value (`''` string, any number float64, any bigint int64, a boolean bool, a
 * Uint8Array bytes); an array of one of these, a list; an object of fields with their keys, a struct; or a mold.
 */
export type MoldSpec =
  | PrimitiveType
  | ''
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly [MoldSpec]
  | { readonly [field: string]: FieldSpec }
  | Mold<unknown>

/** The type of the values of the mold that `S` makes. */
export type Molded<S> =
  S extends Mold<infer T>
    ? T
    : S extends PrimitiveType
      ? PrimitiveValues[S]
      : S extends string
        ? string
        : S extends number
          ? number
          : S extends bigint
            ? bigint
            : S extends boolean
              ? boolean
              : S extends Uint8Array
                ? Uint8Array
                : S extends readonly [infer I]
                  ? Molded<I>[]
                  : { -readonly [F in keyof S]: S[F] extends { readonly type: infer I } | readonly [Key, infer I] ? Molded<I> : never }

/**
 * Makes a mold, with its type:
 *
 *     const reading = mold({ id: { key: '0x10', type: 'string' }, temperature: { key: '0x11', type: 'float32' } })
 *     reading.decode(packet).temperature // number
 *
 * Throws BAD_MOLD or BAD_KEY, which name the place.
 */
export function mold<const S extends MoldSpec>(spec: S): Mold<Molded<S>> {
  return resolveMold(spec) as Mold<Molded<S>>
}

/** As `mold`, for a specification whose type is not known: checks everything. */
export function resolveMold(spec: unknown): Mold<unknown> {
  if (spec instanceof Mold) return spec
  return new Mold(resolveShape(spec, 'mold', 0, (inner) => (inner instanceof Mold ? inner.shape : null)))
}
