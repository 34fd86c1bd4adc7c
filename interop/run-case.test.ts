import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Case, cases } from './cases.ts'
import { implementations } from './implementations/index.ts'
import * as check from './judge/checks.ts'
import { runCase } from './run-case.ts'

const millrace = implementations.millrace!
const run = (given: Case) =>
  runCase({ peer: 'millrace', role: 'none', case: given, client: millrace, server: millrace }, { capture: false })

test('Millrace talks to itself through the relay, and the trace is read', async () => {
  const outcome = await run({ ...(cases.handshake as Case), name: 'test-passes' })
  assert.equal(outcome.failure, null)
})

test('what the trace does not show fails the case', async () => {
  const outcome = await run({ ...(cases.handshake as Case), name: 'test-fails', checks: [check.handshakes(1), check.retry] })
  assert.equal(outcome.failure, 'the server sent no Retry')
})
