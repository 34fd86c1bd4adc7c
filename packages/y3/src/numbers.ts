// The bare encodings of numbers, one row each. Unsigned integers are taken as signed ones of their width first, so that the largest is -1.
import { Reader } from '@millrace/bytes'
import { Y3Error } from './error.ts'
import { readNVarInt32, readNVarInt64, writeNVarInt32, writeNVarInt64 } from './nvarint.ts'
import { readPVarInt32, readPVarInt64, writePVarInt32, writePVarInt64 } from './pvarint.ts'
import { Tail } from './tail.ts'
import { readVarFloat32, readVarFloat64, writeVarFloat32, writeVarFloat64 } from './varfloat.ts'

export interface NumberEncoding<N extends number | bigint> {
  /** Reads the value that fills `reader` to its end. */
  read(reader: Reader): N
  /** Writes a value that is known to be in range. */
  write(tail: Tail, value: N): void
  /** Says what was expected when `value` is not in range. */
  refuse(value: unknown): string | null
}

/** The number encodings of both generations by name. */
export const numberEncodings: {
  readonly [E in 'pvarint' | 'pvaruint' | 'nvarint' | 'nvaruint' | 'varfloat' as `${E}32`]: NumberEncoding<number>
} & {
  readonly [E in 'pvarint' | 'pvaruint' | 'nvarint' | 'nvaruint' as `${E}64`]: NumberEncoding<bigint>
} & { readonly varfloat64: NumberEncoding<number> } = {
  pvarint32: { read: (r) => whole(r, readPVarInt32(r)), write: writePVarInt32, refuse: outsideInt32 },
  pvaruint32: { read: (r) => whole(r, readPVarInt32(r)) >>> 0, write: (t, value) => writePVarInt32(t, value | 0), refuse: outsideUint32 },
  pvarint64: { read: (r) => whole(r, readPVarInt64(r)), write: writePVarInt64, refuse: outsideInt64 },
  pvaruint64: {
    read: (r) => BigInt.asUintN(64, whole(r, readPVarInt64(r))),
    write: (t, value) => writePVarInt64(t, BigInt.asIntN(64, value)),
    refuse: outsideUint64,
  },
  nvarint32: { read: readNVarInt32, write: writeNVarInt32, refuse: outsideInt32 },
  nvaruint32: { read: (r) => readNVarInt32(r) >>> 0, write: (t, value) => writeNVarInt32(t, value | 0), refuse: outsideUint32 },
  nvarint64: { read: readNVarInt64, write: writeNVarInt64, refuse: outsideInt64 },
  nvaruint64: {
    read: (r) => BigInt.asUintN(64, readNVarInt64(r)),
    write: (t, value) => writeNVarInt64(t, BigInt.asIntN(64, value)),
    refuse: outsideUint64,
  },
  varfloat32: { read: readVarFloat32, write: writeVarFloat32, refuse: notNumber },
  varfloat64: { read: readVarFloat64, write: writeVarFloat64, refuse: notNumber },
}

/** The name of a bare encoding of numbers. */
export type NumberEncodingName = keyof typeof numberEncodings

type NumberOf<E extends NumberEncodingName> = (typeof numberEncodings)[E] extends NumberEncoding<infer N> ? N : never

/** One number without tag and length. 64-bit integers are bigints. Throws BAD_VALUE when `value` is outside the encoding's range. */
export function encodeNumber<E extends NumberEncodingName>(encoding: E, value: NumberOf<E>): Uint8Array {
  const row = numberEncodings[encoding] as unknown as NumberEncoding<NumberOf<E>>
  const refusal = row.refuse(value)
  if (refusal !== null) throw new Y3Error('BAD_VALUE', `${typeof value === 'object' ? 'an object' : String(value)} is not ${refusal}`)
  const tail = new Tail(16)
  row.write(tail, value)
  return tail.finish()
}

/** The number that fills `bytes`. Throws TRUNCATED, EMPTY_VALUE, VARINT_TOO_LONG or VALUE_TOO_LONG. */
export function decodeNumber<E extends NumberEncodingName>(encoding: E, bytes: Uint8Array): NumberOf<E> {
  const row = numberEncodings[encoding] as unknown as NumberEncoding<NumberOf<E>>
  if (bytes.length === 0) throw new Y3Error('EMPTY_VALUE', 'there is no byte to read a number from', 0)
  return row.read(new Reader(bytes))
}

/** A PVarInt marks its own end. Bytes behind it betray a value of the other generation (00 FF is 255 there), so they are not passed over. */
function whole<N>(reader: Reader, value: N): N {
  if (reader.remaining === 0) return value
  throw new Y3Error('VALUE_TOO_LONG', `an integer ends ${reader.remaining} bytes before its value; is this y3-v1 data?`, reader.offset)
}

function outsideInt32(value: unknown): string | null {
  return typeof value === 'number' && value === (value | 0) ? null : 'an integer from -2^31 to 2^31 - 1'
}

function outsideUint32(value: unknown): string | null {
  return typeof value === 'number' && value === value >>> 0 ? null : 'an integer from 0 to 2^32 - 1'
}

function outsideInt64(value: unknown): string | null {
  return typeof value === 'bigint' && value === BigInt.asIntN(64, value) ? null : 'a bigint from -2^63 to 2^63 - 1'
}

function outsideUint64(value: unknown): string | null {
  return typeof value === 'bigint' && value === BigInt.asUintN(64, value) ? null : 'a bigint from 0 to 2^64 - 1'
}

function notNumber(value: unknown): string | null {
  return typeof value === 'number' ? null : 'a number'
}
