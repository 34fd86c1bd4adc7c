// @millrace/y3: a mold of one key, and a mold of all of them.
import { readFileSync } from 'node:fs'
import { type Mold, marshal, mold, resolveMold, unmarshal } from '@millrace/y3'
import type { Codec } from './codec.ts'
import { FIELDS, type Kind, OBSERVED, READING, type Reading } from './reading.ts'

const TYPES: Readonly<Record<Kind, string>> = { text: 'string', integer: 'int32', float: 'float64', flag: 'bool' }

/** Of all data. */
const KEY = 0x10

const FIRST_FIELD = 0x11

const MANIFEST = new URL('../../packages/y3/package.json', import.meta.url)

export const y3: Codec = {
  name: 'millrace',
  missing: () => null,
  version: () => (JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string }).version,
  async load() {
    const fields = Object.entries(FIELDS).map(([name, kind], index) => [name, { key: FIRST_FIELD + index, type: TYPES[kind] }] as const)
    const reading = resolveMold(Object.fromEntries(fields)) as Mold<Reading>
    const value = mold('float64')
    const observed = FIRST_FIELD + Object.keys(FIELDS).indexOf(OBSERVED)
    const bytes = marshal(KEY, READING, reading)
    return {
      observe: () => unmarshal(bytes, observed, value)!,
      decode: () => unmarshal(bytes, KEY, reading)!,
      encode: () => marshal(KEY, READING, reading),
    }
  },
}
