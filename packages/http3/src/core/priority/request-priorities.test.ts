import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_EARLY_PRIORITY_UPDATES } from './limits.ts'
import { RequestPriorities } from './request-priorities.ts'
import { formatPriority, parsePriority } from './request-priority.ts'

const of = (urgency: number, incremental = false) => ({ urgency, incremental })

test('a priority field says what it says (RFC 9218 section 4)', () => {
  assert.deepEqual(parsePriority('u=0'), of(0))
  assert.deepEqual(parsePriority('u=5, i'), of(5, true))
  assert.deepEqual(parsePriority('i=?0,u=7'), of(7))
  assert.deepEqual(parsePriority(''), of(3))
})

test('what is unknown, out of range, of another type or does not parse says nothing (RFC 9218 section 4)', () => {
  for (const value of ['u=8', 'u=-1', 'u=1.5', 'u="1"', 'u', 'u=?1', 'visible', 'u=1, i=,', '\u0000', 'u=(1 2)']) {
    assert.deepEqual(parsePriority(value), of(3), value)
  }
  assert.deepEqual(parsePriority('u=9, i'), of(3, true))
  assert.deepEqual(parsePriority('i=1, u=2'), of(2))
})

test('a priority is written so that it is read', () => {
  for (let urgency = 0; urgency < 8; urgency++) {
    for (const incremental of [false, true])
      assert.deepEqual(parsePriority(formatPriority(of(urgency, incremental)) ?? ''), of(urgency, incremental))
  }
  assert.equal(formatPriority(of(3)), null)
  assert.throws(() => formatPriority(of(8)), RangeError)
})

test('what was said last counts, also when it came before the request (RFC 9218 section 7)', () => {
  const priorities = new RequestPriorities()
  assert.deepEqual(priorities.requestReceived(0, 'u=5, i'), of(5, true))
  assert.deepEqual(priorities.updated(0, 'u=1'), of(1), 'what an update leaves out has its default')
  assert.equal(priorities.updated(8, 'u=2'), null)
  assert.equal(priorities.updated(8, 'u=6'), null)
  assert.deepEqual(priorities.requestReceived(8, 'u=0'), of(6))
  assert.deepEqual(priorities.requestReceived(4, undefined), of(3))
})

test('a response adds to what the client said (RFC 9218 section 8)', () => {
  const priorities = new RequestPriorities()
  priorities.requestReceived(0, 'u=5, i')
  assert.deepEqual(priorities.responseSent(0, 'u=1'), of(1, true))
  assert.equal(priorities.responseSent(0, undefined), null)
  priorities.ended(0)
  assert.equal(priorities.responseSent(0, 'u=1'), null)
})

test('updates of requests that never come are bounded, and those of requests that are done with are nothing', () => {
  const priorities = new RequestPriorities()
  for (let stream = 4000; stream < 400_000; stream += 4) priorities.updated(stream, 'u=0')
  let kept = 0
  for (let stream = 4000; stream < 400_000; stream += 4) if (priorities.requestReceived(stream, undefined).urgency === 0) kept++
  assert.equal(kept, MAX_EARLY_PRIORITY_UPDATES)
  priorities.ended(4000)
  assert.equal(priorities.updated(4000, 'u=0'), null)
  assert.deepEqual(priorities.requestReceived(400_000, undefined), of(3))
})
