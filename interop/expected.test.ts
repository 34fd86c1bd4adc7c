import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cases } from './cases.ts'
import { known, surprise } from './expected.ts'
import { implementations } from './implementations/index.ts'
import type { Row } from './row.ts'

const row: Row = { peer: 'ngtcp2', peerVersion: '1', role: 'client', case: 'retry', result: 'pass', reason: null }
const failed: Row = { ...row, result: 'fail', reason: 'no Retry' }
const list = [{ peer: 'ngtcp2', role: 'client', case: 'retry', reason: 'not there yet' }] as const

test('a row that passes or is unsupported is no surprise, and neither is a failure that is listed', () => {
  assert.equal(surprise(row, []), null)
  assert.equal(surprise({ ...failed, result: 'unsupported' }, []), null)
  assert.equal(surprise(failed, list), null)
})

test('a failure that is not listed is one, and so is a pass that is', () => {
  assert.equal(surprise(failed, []), 'failed: no Retry')
  assert.equal(surprise({ ...failed, role: 'server' }, list), 'failed: no Retry')
  assert.equal(surprise(row, list), 'passed, though interop/expected.ts lists it: not there yet')
})

test('the list names peers and cases that exist', () => {
  for (const { peer, case: name } of known) assert.ok(peer in implementations && name in cases, `${peer} ${name}`)
})
