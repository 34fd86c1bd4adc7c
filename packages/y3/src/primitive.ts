// Primitives: the types that a single packet holds, one row each, in both generations.
import { Y3Error } from './error.ts'
import { Header, writeHeader } from './header.ts'
import { type Encoding, numberEncodings } from './numbers.ts'
import { endOfPVarInt32, joinPVarInt32 } from './pvarint.ts'
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

/** A type, and how its values stand in their bytes in either generation. Bytes that are read are a view. */
export interface Primitive<T> extends Readonly<Record<Generation, Encoding<T>>> {
  readonly type: PrimitiveType
  /** What an absent field is. */
  zero(): T
}

const text: Encoding<string> = {
  read: readText,
  write(tail, value) {
    if (typeof value !== 'string') return 'a string'
    tail.text(value)
    return null
  },
}

const bytes: Encoding<Uint8Array> = {
  read: (source, start, end) => source.subarray(start, end),
  write(tail, value) {
    if (!(value instanceof Uint8Array)) return 'a Uint8Array'
    tail.bytes(value)
    return null
  },
}

const bool: Encoding<boolean> = {
  // Exactly 1 is true and anything else false; length 0 is the absent value.
  read: (source, start, end) => start !== end && joinPVarInt32(source, start, endOfPVarInt32(source, start, end)) === 1,
  write(tail, value) {
    if (typeof value !== 'boolean') return 'a boolean'
    tail.u8(value ? 1 : 0)
    return null
  },
}

const { pvarint32, pvaruint32, pvarint64, pvaruint64, nvarint32, nvaruint32, nvarint64, nvaruint64, varfloat32, varfloat64 } =
  numberEncodings

/** The primitive types by name. */
export const primitives: { readonly [T in PrimitiveType]: Primitive<PrimitiveValues[T]> } = {
  string: { type: 'string', zero: () => '', golang: text, 'y3-v1': text },
  bytes: { type: 'bytes', zero: () => new Uint8Array(0), golang: bytes, 'y3-v1': bytes },
  bool: { type: 'bool', zero: () => false, golang: bool, 'y3-v1': bool },
  int32: { type: 'int32', zero: () => 0, golang: pvarint32, 'y3-v1': nvarint32 },
  uint32: { type: 'uint32', zero: () => 0, golang: pvaruint32, 'y3-v1': nvaruint32 },
  int64: { type: 'int64', zero: () => 0n, golang: pvarint64, 'y3-v1': nvarint64 },
  uint64: { type: 'uint64', zero: () => 0n, golang: pvaruint64, 'y3-v1': nvaruint64 },
  float32: { type: 'float32', zero: () => 0, golang: varfloat32, 'y3-v1': varfloat32 },
  float64: { type: 'float64', zero: () => 0, golang: varfloat64, 'y3-v1': varfloat64 },
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
  const refusal = primitives[type][generation].write(tail, value)
  if (refusal !== null) throw refused(value, refusal, type)
  writeHeader(tail, id, tail.length)
  return tail.finish()
}

/** The value of the primitive packet that `bytes` begin with. Numbers need a value; an empty one reads as `''`, `false` or no bytes. */
export function decodePrimitive<T extends PrimitiveType>(
  bytes: Uint8Array,
  type: T,
  generation: Generation = DEFAULT_GENERATION,
): PrimitiveValues[T] {
  const header = new Header().read(bytes, 0, bytes.length)
  if (header.isNode) throw new Y3Error('WRONG_KIND', `a node stands where a ${type} is expected`, 0)
  return primitives[type][generation].read(bytes, header.value, header.end)
}

/** The fault of a value that an encoding refuses: `expected` is what it says, `place` names the field. */
export function refused(value: unknown, expected: string, place: string): Y3Error {
  const shown = typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' ? 'an object' : String(value)
  return new Y3Error('BAD_VALUE', `${place}: ${shown} is not ${expected}`)
}
