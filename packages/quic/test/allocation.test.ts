// Sending and receiving allocate next to nothing: what a packet needs to be remembered by is used again, and so is what its bytes lie in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getHeapStatistics } from 'node:v8'
import { BackToBack } from './support/back-to-back.ts'

const PACKETS = 1_000_000
/** Before them, so that all is compiled and every pool is full. */
const WARM_UP = 100_000
/** Bytes that each side may allocate for a packet: fractions that V8 keeps as objects, and what an acknowledgement of many needs. */
const MOST = 64

/** Bytes allocated since the process began, whatever became of them. Node 22 and 24 do not count them. */
function allocated(): number | undefined {
  return (getHeapStatistics() as { total_allocated_bytes?: number }).total_allocated_bytes
}

test('a million packets allocate no more than 64 bytes each on either side', { skip: allocated() === undefined }, () => {
  const run = new BackToBack()
  while (run.sent < WARM_UP) run.turn()
  const [sent, before] = [run.sent, allocated()!]
  while (run.sent < sent + PACKETS) run.turn()
  const each = (allocated()! - before) / (run.sent - sent)
  run.release()
  assert.ok(each <= 2 * MOST, `${each.toFixed(1)} bytes a packet on both sides together`)
})
