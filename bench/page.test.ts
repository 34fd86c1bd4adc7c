import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { BenchDocument, Row } from './harness/document.ts'
import { withTables } from './page.ts'

const SPREAD = { median: 2, min: 1, max: 3 }

const ROW: Row = {
  case: 'down',
  unit: 'MB/s',
  better: 'more',
  leading: true,
  millrace: SPREAD,
  peer: 'theirs',
  peerVersion: '1.2.3',
  peerResult: { median: 4, min: 4, max: 4 },
  ratio: 0.5,
}

const MISSING: Row = { ...ROW, case: 'down: memory', leading: false, peerVersion: null, peerResult: null, ratio: null }

const DOCUMENT: BenchDocument = { bench: 'speed', machine: 'A processor, 2 cores', rows: [ROW, MISSING] }

test('what stands between the marks is replaced, as often as one likes, and nothing else', () => {
  const page = 'before\n<!-- begin speed -->\nold\n<!-- end speed -->\nafter\n'
  const written = withTables(page, DOCUMENT)
  assert.equal(withTables(written, DOCUMENT), written)
  assert.match(written, /^before\n<!-- begin speed -->\n\nA processor, 2 cores\.\n/)
  assert.match(written, /\n<!-- end speed -->\nafter\n$/)
  assert.ok(written.includes('| down | MB/s | 2 (1 to 3) | theirs 1.2.3 | 4 (4 to 4) | 0.5 x |'))
  assert.ok(written.includes('| down: memory | MB/s | 2 (1 to 3) | theirs | not measured |  |'))
  assert.ok(!written.includes('old'))
})

test('a page without the marks is not touched', () => {
  assert.throws(() => withTables('nothing', DOCUMENT), /has no marks for speed/)
})

test('the page has a place for every benchmark', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/performance.md'), 'utf8')
  for (const bench of ['throughput', 'requests', 'handshakes', 'connections', 'core', 'latency', 'codec']) {
    assert.ok(withTables(page, { ...DOCUMENT, bench }).includes('A processor, 2 cores'))
  }
})
