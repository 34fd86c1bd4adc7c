// The bare encodings of numbers, one row each. Unsigned integers are taken as signed ones of their width first, so that the largest is -1.
import { Y3Error } from './error.ts'
import { readNVarInt32, readNVarInt64, writeNVarInt32, writeNVarInt64 } from './nvarint.ts'
import { readPVarInt32, readPVarInt64, writePVarInt32, writePVarInt64 } from './pvarint.ts'
import { Tail } from './tail.ts'
import { readVarFloat32, readVarFloat64, writeVarFloat32, writeVarFloat64 } from './varfloat.ts'

/** How a value stands in its bytes. Both functions are called once a field, so each does its whole work in one call. */
export interface Encoding<T> {
  /** The value that fills the bytes from `start` to `end`. */
  readonly read: (bytes: Uint8Array, start: number, end: number) => T
  /** Writes a value and returns null, or writes nothing and says what was expected. */
  readonly write: (tail: Tail, value: unknown) => string | null
}

/** The number encodings of both generations by name. */
export const numberEncodings: {
  readonly [E in 'pvarint' | 'pvaruint' | 'nvarint' | 'nvaruint' | 'varfloat' as `${E}32`]: Encoding<number>
} & {
  readonly [E in 'pvarint' | 'pvaruint' | 'nvarint' | 'nvaruint' as `${E}64`]: Encoding<bigint>
} & { readonly varfloat64: Encoding<number> } = {
  pvarint32: {
    read: readPVarInt32,
    write(tail, value) {
      if (!isInt32(value)) return INT32
      writePVarInt32(tail, value)
      return null
    },
  },
  pvaruint32: {
    read: (bytes, start, end) => readPVarInt32(bytes, start, end) >>> 0,
    write(tail, value) {
      if (!isUint32(value)) return UINT32
      writePVarInt32(tail, value | 0)
      return null
    },
  },
  pvarint64: {
    read: readPVarInt64,
    write(tail, value) {
      if (!isInt64(value)) return INT64
      writePVarInt64(tail, value)
      return null
    },
  },
  pvaruint64: {
    read: (bytes, start, end) => BigInt.asUintN(64, readPVarInt64(bytes, start, end)),
    write(tail, value) {
      if (!isUint64(value)) return UINT64
      writePVarInt64(tail, BigInt.asIntN(64, value))
      return null
    },
  },
  nvarint32: {
    read: readNVarInt32,
    write(tail, value) {
      if (!isInt32(value)) return INT32
      writeNVarInt32(tail, value)
      return null
    },
  },
  nvaruint32: {
    read: (bytes, start, end) => readNVarInt32(bytes, start, end) >>> 0,
    write(tail, value) {
      if (!isUint32(value)) return UINT32
      writeNVarInt32(tail, value | 0)
      return null
    },
  },
  nvarint64: {
    read: readNVarInt64,
    write(tail, value) {
      if (!isInt64(value)) return INT64
      writeNVarInt64(tail, value)
      return null
    },
  },
  nvaruint64: {
    read: (bytes, start, end) => BigInt.asUintN(64, readNVarInt64(bytes, start, end)),
    write(tail, value) {
      if (!isUint64(value)) return UINT64
      writeNVarInt64(tail, BigInt.asIntN(64, value))
      return null
    },
  },
  varfloat32: {
    read: readVarFloat32,
    write(tail, value) {
      if (typeof value !== 'number') return NUMBER
      writeVarFloat32(tail, value)
      return null
    },
  },
  varfloat64: {
    read: readVarFloat64,
    write(tail, value) {
      if (typeof value !== 'number') return NUMBER
      writeVarFloat64(tail, value)
      return null
    },
  },
}

/** The name of a bare encoding of numbers. */
export type NumberEncodingName = keyof typeof numberEncodings

type NumberOf<E extends NumberEncodingName> = (typeof numberEncodings)[E] extends Encoding<infer N> ? N : never

/** One number without tag and length. 64-bit integers are bigints. Throws BAD_VALUE when `value` is outside the encoding's range. */
export function encodeNumber<E extends NumberEncodingName>(encoding: E, value: NumberOf<E>): Uint8Array {
  const tail = new Tail(16)
  const refusal = numberEncodings[encoding].write(tail, value)
  if (refusal !== null) throw new Y3Error('BAD_VALUE', `${typeof value === 'object' ? 'an object' : String(value)} is not ${refusal}`)
  return tail.finish()
}

/** The number that fills `bytes`. Throws TRUNCATED, EMPTY_VALUE, VARINT_TOO_LONG or VALUE_TOO_LONG. */
export function decodeNumber<E extends NumberEncodingName>(encoding: E, bytes: Uint8Array): NumberOf<E> {
  const row = numberEncodings[encoding] as unknown as Encoding<NumberOf<E>>
  return row.read(bytes, 0, bytes.length)
}

const INT32 = 'an integer from -2^31 to 2^31 - 1'
const UINT32 = 'an integer from 0 to 2^32 - 1'
const INT64 = 'a bigint from -2^63 to 2^63 - 1'
const UINT64 = 'a bigint from 0 to 2^64 - 1'
const NUMBER = 'a number'

function isInt32(value: unknown): value is number {
  return typeof value === 'number' && value === (value | 0)
}

function isUint32(value: unknown): value is number {
  return typeof value === 'number' && value === value >>> 0
}

function isInt64(value: unknown): value is bigint {
  return typeof value === 'bigint' && value === BigInt.asIntN(64, value)
}

function isUint64(value: unknown): value is bigint {
  return typeof value === 'bigint' && value === BigInt.asUintN(64, value)
}
