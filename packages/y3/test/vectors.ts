// Reads vectors/y3.json: what its rows hold, and the values that JSON cannot say.
import { readFileSync } from 'node:fs'
import { type Mold, type MoldSpec, mold } from '@millrace/y3'
import { bytes } from './hex.ts'

export type Fields = Record<string, unknown>

export interface Vector {
  readonly name: string
  readonly type: string
  readonly value: unknown
  readonly hex: string
  readonly codec?: string
}

export function readVectors(): Vector[] {
  return JSON.parse(readFileSync(new URL('./vectors/y3.json', import.meta.url), 'utf8')) as Vector[]
}

/** 64-bit numbers beyond 2^53, minus zero and infinities stand as strings. */
export function numberOf(type: string, value: unknown): number | bigint {
  return type.endsWith('int64') ? BigInt(value as string | number) : Number(value)
}

/** `yomo`, `utf8:yomo`, a `value_hex`, `63 x 0x61` or the 255 bytes in order. */
export function bytesOf(value: Fields): Uint8Array {
  if (typeof value.value_hex === 'string') return bytes(value.value_hex)
  const text = String(value.value)
  if (text === '63 x 0x61') return new Uint8Array(63).fill(0x61)
  if (text.startsWith('bytes 0x00..0xFE')) return Uint8Array.from({ length: 255 }, (_, index) => index)
  throw new Error(`what bytes are ${text}?`)
}

/** A value with its type, as the rows write it: `{ int32: 456 }`, `{ 'int32[]': [..] }`, `{ struct: [..] }`. */
export function typedValue(entry: Fields): { readonly mold: Mold<unknown>; readonly value: unknown } {
  const type = Object.keys(entry).find((key) => !['key', 'observe', 'signals'].includes(key))!
  const spec = specOf(type, entry[type])
  return { mold: mold(spec as MoldSpec) as Mold<unknown>, value: shapedValue(type, entry[type]) }
}

function specOf(type: string, value: unknown): unknown {
  if (type === 'struct[]') return [specOf('struct', (value as unknown[])[0])]
  if (type.endsWith('[]')) return [type.slice(0, -2)]
  if (type !== 'struct') return type
  return Object.fromEntries(
    (value as Fields[]).map((field) => {
      const inner = Object.keys(field).find((key) => key !== 'key')!
      return [`field${field.key}`, { key: field.key, type: specOf(inner, field[inner]) }]
    }),
  )
}

function shapedValue(type: string, value: unknown): unknown {
  if (type.endsWith('[]')) return (value as unknown[]).map((item) => shapedValue(type.slice(0, -2), item))
  if (type !== 'struct') return type.endsWith('int64') ? BigInt(value as number) : value
  return Object.fromEntries(
    (value as Fields[]).map((field) => {
      const inner = Object.keys(field).find((key) => key !== 'key')!
      return [`field${field.key}`, shapedValue(inner, field[inner])]
    }),
  )
}
