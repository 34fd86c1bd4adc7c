// @millrace/y3: `find` for one key, a mold for all of them.
import { readFileSync } from 'node:fs'
import { decodePrimitive, find, type Mold, marshal, resolveMold, unmarshal } from '@millrace/y3'
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
    const mold = resolveMold(Object.fromEntries(fields)) as Mold<Reading>
    const observed = FIRST_FIELD + Object.keys(FIELDS).indexOf(OBSERVED)
    const bytes = marshal(KEY, READING, mold)
    return {
      observe: () => decodePrimitive(find(bytes, observed)!, 'float64'),
      decode: () => unmarshal(bytes, KEY, mold)!,
      encode: () => marshal(KEY, READING, mold),
    }
  },
}
