import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TurningLoop } from '../../test/support/turning-loop.ts'
import { BusyPoll } from './busy-poll.ts'

test('the loop turns for as long as was asked for, and then may sleep', () => {
  const loop = new TurningLoop()
  const poll = new BusyPoll(0.5, loop)
  poll.sent()
  assert.equal(loop.turns(0.125), 4)
  assert.equal(loop.turns(0.125), 0)
  poll.received(null, loop.now())
  assert.equal(loop.turns(0.125), 4, 'and again at the next datagram')
})

test('each datagram makes it longer, and none makes it turn twice', () => {
  const loop = new TurningLoop()
  const poll = new BusyPoll(0.5, loop)
  poll.sent()
  loop.time += 0.25
  poll.sent()
  poll.received(null, loop.now())
  assert.equal(loop.turns(0.125), 4)
})

test('once it is closed the loop turns no more', () => {
  const loop = new TurningLoop()
  const poll = new BusyPoll(500, loop)
  poll.sent()
  poll.close()
  assert.equal(loop.turns(1), 1)
})
