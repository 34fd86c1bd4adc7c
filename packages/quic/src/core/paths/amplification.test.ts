import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AmplificationLimit } from './amplification.ts'

test('three bytes may go out for each that came in', () => {
  const limit = new AmplificationLimit(false)
  assert.equal(limit.room, 0)
  limit.received(1200)
  assert.equal(limit.room, 3600)
  limit.sent(3000)
  assert.equal(limit.room, 600)
  limit.sent(700)
  assert.equal(limit.room, 0, 'never below zero')
  limit.received(100)
  assert.equal(limit.room, 200)
})

test('a validated address has no limit, from the start or from then on', () => {
  assert.equal(new AmplificationLimit(true).room, Number.POSITIVE_INFINITY)
  const limit = new AmplificationLimit(false)
  assert.equal(limit.validated, false)
  limit.validate()
  assert.equal(limit.validated, true)
  limit.sent(1_000_000)
  limit.received(10)
  assert.equal(limit.room, Number.POSITIVE_INFINITY)
  assert.deepEqual([limit.bytesSent, limit.bytesReceived], [1_000_000, 10], 'what goes by is counted all the same')
})
