// From what a user writes as a mold to the shape it means.
import { Y3Error } from '../error.ts'
import { MAX_DEPTH } from '../limits.ts'
import { type PrimitiveType, primitives } from '../primitive.ts'
import { type Key, parseUserKey } from '../tag.ts'
import { list } from './list.ts'
import { scalar } from './scalar.ts'
import type { Shape } from './shape.ts'
import { type Field, struct } from './struct.ts'

/** What a sample value stands for. A TypeScript number is a float64, so that is what it is on the wire unless a type's name says otherwise. */
const samples: { readonly [type: string]: PrimitiveType } = { number: 'float64', bigint: 'int64', boolean: 'bool' }

const EXPECTED = `a type (${Object.keys(primitives).join(', ')}), a sample value, [one of these], or an object of { key, type }`

/** `place` names the part of the specification that is looked at; `madeShape` knows molds that are made already. */
export function resolveShape(
  spec: unknown,
  place: string,
  depth: number,
  madeShape: (spec: unknown) => Shape<unknown> | null,
): Shape<unknown> {
  if (depth > MAX_DEPTH) throw new Y3Error('BAD_MOLD', `the mold is nested more than ${MAX_DEPTH} deep; does it contain itself?`)
  const made = madeShape(spec)
  if (made !== null) return made
  const sample = samples[typeof spec]
  if (sample !== undefined) return scalar(sample)
  if (typeof spec === 'string') {
    if (spec === '') return scalar('string')
    if (Object.hasOwn(primitives, spec)) return scalar(spec as PrimitiveType)
  } else if (spec instanceof Uint8Array) return scalar('bytes')
  else if (Array.isArray(spec)) {
    if (spec.length === 1) return list(resolveShape(spec[0], `${place}[0]`, depth + 1, madeShape))
  } else if (typeof spec === 'object' && spec !== null) {
    return struct(resolveFields(spec, place, (inner, at) => resolveShape(inner, at, depth + 1, madeShape)))
  }
  throw new Y3Error('BAD_MOLD', `${place} is ${show(spec)}; expected ${EXPECTED}`)
}

function resolveFields(spec: object, place: string, resolve: (spec: unknown, place: string) => Shape<unknown>): Field[] {
  const fields: Field[] = []
  const nameById = new Map<number, string>()
  for (const [name, given] of Object.entries(spec)) {
    const at = `${place}.${name}`
    // Assigning to this name would set the prototype of the decoded value instead of a field.
    if (name === '__proto__') throw new Y3Error('BAD_MOLD', `${at} cannot be a field's name`)
    const [key, type] = keyAndType(given, at)
    const id = fieldId(key, at)
    const other = nameById.get(id)
    if (other !== undefined) throw new Y3Error('BAD_MOLD', `${at} has the same key as ${place}.${other}`)
    nameById.set(id, name)
    fields.push({ name, id, shape: resolve(type, `${at}.type`) })
  }
  if (fields.length === 0) throw new Y3Error('BAD_MOLD', `${place} has no fields`)
  return fields
}

function keyAndType(given: unknown, place: string): readonly [key: unknown, type: unknown] {
  if (Array.isArray(given) && given.length === 2) return [given[0], given[1]]
  if (typeof given === 'object' && given !== null && 'key' in given && 'type' in given) return [given.key, given.type]
  throw new Y3Error('BAD_MOLD', `${place} is ${show(given)}; expected { key: '0x10', type: 'int32' } or ['0x10', 'int32']`)
}

function fieldId(key: unknown, place: string): number {
  if (typeof key !== 'string' && typeof key !== 'number')
    throw new Y3Error('BAD_KEY', `${place} has ${show(key)} for a key; expected '0x10' to '0x3f'`)
  try {
    return parseUserKey(key as Key)
  } catch (error) {
    throw new Y3Error('BAD_KEY', `${place}: ${(error as Error).message}`)
  }
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `an array of ${value.length}`
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
