// What another implementation encoded is decoded here, and what we encode as well as it does. RFC 9204; the format is the QPACK offline interop's.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeOffline, encodeOffline } from './offline.ts'
import { parseQif } from './qif.ts'

const VECTORS = join(import.meta.dirname, '../vectors/qpack')

for (const name of readdirSync(VECTORS)) {
  const parts = /^(\w+)\.out\.(\d+)\.(\d+)\.([01])$/.exec(name)
  if (parts === null) continue
  const settings = { maxTableCapacity: Number(parts[2]), blockedStreams: Number(parts[3]), acknowledged: parts[4] === '1' }
  const sections = parseQif(readFileSync(join(VECTORS, `${parts[1]}.qif`), 'latin1'))
  const file = readFileSync(join(VECTORS, name))

  test(`${name}: ls-qpack's encoding is decoded, and ours is not a quarter larger`, () => {
    assert.ok(sections.length > 20)
    assert.deepEqual(decodeOffline(file, settings), sections)
    const ours = encodeOffline(sections, settings)
    assert.deepEqual(decodeOffline(ours, settings), sections)
    assert.ok(ours.length < file.length * 1.25, `${ours.length} bytes, ls-qpack ${file.length}`)
  })
}
