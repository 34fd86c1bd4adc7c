// Primitives: the types that a single packet holds, one row each, in both generations.
import { Reader } from '@millrace/bytes'
import { Y3Error } from './error.ts'
import { Header, writeHeader } from './header.ts'
import { type NumberEncoding, numberEncodings } from './numbers.ts'
import { readPVarInt32 } from './pvarint.ts'
import { type Key, parseKey } from './tag.ts'
import { Tail } from './tail.ts'
import { readText } from './text.ts'

/**
 * Which integers a value holds. `golang` is y3-codec-golang (YoMo 0.2 to 1.4, user data): PVarInt. `y3-v1` is yomorun/y3 (YoMo since 1.4, frames):
 * NVarInt. All else is the same in both. Bytes do not tell which they are: 7F is -1 in one and 127 in the other.
 */
export type Generation = 'golang' | 'y3-v1'

/** Molds, roots and keys of user data exist in the old generation alone, so it is the default throughout. */
export const DEFAULT_GENERATION: Generation = 'golang'

/** What each primitive type is in TypeScript. */
export interface PrimitiveValues {
  /** UTF-8. */
  string: string
  /** As they are. */
  bytes: Uint8Array
  /** One byte, 0 or 1. */
  bool: boolean
  /** -2^31 to 2^31-1. */
  int32: number
  /** 0 to 2^32-1. */
  uint32: number
  /** -2^63 to 2^63-1. */
  int64: bigint
  /** 0 to 2^64-1. */
  uint64: bigint
  /** Of single precision: about 7 decimal digits are kept. */
  float32: number
  /** Of double precision. */
  float64: number
}

/** The name of a type that a single packet holds. */
export type PrimitiveType = keyof PrimitiveValues

export interface Primitive<T> {
  readonly type: PrimitiveType
  /** What an absent field is. */
  zero(): T
  /** Reads a value that fills `reader`. Bytes are a view of what is read. */
  read(reader: Reader, generation: Generation): T
  /** Writes a value without its header. Throws BAD_VALUE, which names `place`. */
  write(tail: Tail, value: T, generation: Generation, place: string): void
}

/** The primitive types by name. */
export const primitives: { readonly [T in PrimitiveType]: Primitive<PrimitiveValues[T]> } = {
  string: {
    type: 'string',
    zero: () => '',
    read: readText,
    write(tail, value, _, place) {
      if (typeof value !== 'string') throw refused(value, 'a string', place)
      tail.text(value)
    },
  },
  bytes: {
    type: 'bytes',
    zero: () => new Uint8Array(0),
    read: (reader) => reader.view(reader.remaining),
    write(tail, value, _, place) {
      if (!(value instanceof Uint8Array)) throw refused(value, 'a Uint8Array', place)
      tail.bytes(value)
    },
  },
  bool: {
    type: 'bool',
    zero: () => false,
    // Exactly 1 is true and anything else false; length 0 is the absent value.
    read: (reader) => reader.remaining !== 0 && readPVarInt32(reader) === 1,
    write(tail, value, _, place) {
      if (typeof value !== 'boolean') throw refused(value, 'a boolean', place)
      tail.u8(value ? 1 : 0)
    },
  },
  int32: number('int32', 0, numberEncodings.pvarint32, numberEncodings.nvarint32),
  uint32: number('uint32', 0, numberEncodings.pvaruint32, numberEncodings.nvaruint32),
  int64: number('int64', 0n, numberEncodings.pvarint64, numberEncodings.nvarint64),
  uint64: number('uint64', 0n, numberEncodings.pvaruint64, numberEncodings.nvaruint64),
  float32: number('float32', 0, numberEncodings.varfloat32, numberEncodings.varfloat32),
  float64: number('float64', 0, numberEncodings.varfloat64, numberEncodings.varfloat64),
}

/** One primitive packet. `key` is from 0x00 to 0x3F. Throws BAD_KEY or BAD_VALUE. */
export function encodePrimitive<T extends PrimitiveType>(
  key: Key,
  value: PrimitiveValues[T],
  type: T,
  generation: Generation = DEFAULT_GENERATION,
): Uint8Array {
  const id = parseKey(key)
  const tail = new Tail()
  primitives[type].write(tail, value, generation, type)
  writeHeader(tail, id, tail.length)
  return tail.finish()
}

/** The value of the primitive packet that `bytes` begin with. Numbers need a value; an empty one reads as `''`, `false` or no bytes. */
export function decodePrimitive<T extends PrimitiveType>(
  bytes: Uint8Array,
  type: T,
  generation: Generation = DEFAULT_GENERATION,
): PrimitiveValues[T] {
  const reader = new Reader(bytes)
  const header = new Header().read(reader)
  if (header.isNode) throw new Y3Error('WRONG_KIND', `a node stands where a ${type} is expected`, 0)
  return primitives[type].read(reader.reset(bytes, header.value, header.end), generation)
}

function number<N extends number | bigint>(type: PrimitiveType, zero: N, golang: NumberEncoding<N>, v1: NumberEncoding<N>): Primitive<N> {
  return {
    type,
    zero: () => zero,
    read(reader, generation) {
      if (reader.remaining === 0) throw new Y3Error('EMPTY_VALUE', `there is no byte to read a ${type} from`, reader.offset)
      return generation === 'golang' ? golang.read(reader) : v1.read(reader)
    },
    write(tail, value, generation, place) {
      const encoding = generation === 'golang' ? golang : v1
      const refusal = encoding.refuse(value)
      if (refusal !== null) throw refused(value, refusal, place)
      encoding.write(tail, value)
    },
  }
}

function refused(value: unknown, expected: string, place: string): Y3Error {
  const shown = typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' ? 'an object' : String(value)
  return new Y3Error('BAD_VALUE', `${place}: ${shown} is not ${expected}`)
}
