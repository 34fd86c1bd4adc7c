// JSON as text, as the engine likes it best, and as the bytes in which it comes from a network and goes there.
import type { Codec } from './codec.ts'
import { OBSERVED, READING, type Reading } from './reading.ts'

const present = { missing: () => null, version: () => process.versions.v8 }

export const json: Codec = {
  name: 'JSON',
  ...present,
  async load() {
    const text = JSON.stringify(READING)
    return {
      observe: () => (JSON.parse(text) as Reading)[OBSERVED],
      decode: () => JSON.parse(text) as Reading,
      encode: () => JSON.stringify(READING),
    }
  },
}

export const jsonBytes: Codec = {
  name: 'JSON as bytes',
  ...present,
  async load() {
    const bytes = Buffer.from(JSON.stringify(READING))
    return {
      observe: () => (JSON.parse(bytes.toString()) as Reading)[OBSERVED],
      decode: () => JSON.parse(bytes.toString()) as Reading,
      encode: () => Buffer.from(JSON.stringify(READING)),
    }
  },
}
