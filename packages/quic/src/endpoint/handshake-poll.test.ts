import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TurningLoop } from '../../test/support/turning-loop.ts'
import { GAP_MILLIS, HandshakePoll, MOST_TRUST, NEAR_MILLIS, REST, VAIN } from './handshake-poll.ts'
import type { Polled } from './poll.ts'

const HANDSHAKING: Polled = { side: 'client', handshakeConfirmed: false }
const SHORT = GAP_MILLIS / 2
const VAIN_WAITS = Math.ceil(MOST_TRUST / VAIN)

/** A poll whose last flight was answered after so long. */
function pollAfter(millis: number): { loop: TurningLoop; poll: HandshakePoll } {
  const loop = new TurningLoop()
  const poll = new HandshakePoll(loop)
  poll.sent(HANDSHAKING)
  loop.time += millis
  poll.received(HANDSHAKING, loop.now())
  assert.equal(loop.turn(SHORT), false, 'nothing was known of the server yet')
  return { loop, poll }
}

test('the loop turns while a server is asked that was near, and no longer than such a server takes', () => {
  const { loop, poll } = pollAfter(NEAR_MILLIS)
  poll.sent(HANDSHAKING)
  assert.equal(loop.turns(SHORT), NEAR_MILLIS / SHORT + 1)
})

test('an answer lets it sleep', () => {
  const { loop, poll } = pollAfter(NEAR_MILLIS)
  poll.sent(HANDSHAKING)
  assert.equal(loop.turn(SHORT), true)
  poll.received(HANDSHAKING, loop.now())
  assert.equal(loop.turns(SHORT), 1, 'the turn that was under way')
})

test('a flight that follows an answer in the same turn is waited for in full, whatever its making took', () => {
  const { loop, poll } = pollAfter(NEAR_MILLIS)
  poll.sent(HANDSHAKING)
  assert.equal(loop.turn(SHORT), true)
  poll.received(HANDSHAKING, loop.now())
  loop.time += GAP_MILLIS * 2
  poll.sent(HANDSHAKING)
  assert.equal(loop.turns(SHORT), NEAR_MILLIS / SHORT + 1)
})

test('a server that is farther away is not waited for awake', () => {
  const { loop, poll } = pollAfter(NEAR_MILLIS + 0.01)
  poll.sent(HANDSHAKING)
  assert.equal(loop.turns(SHORT), 0)
})

test('nor are those who have shaken hands, nor clients by a server', () => {
  const { loop, poll } = pollAfter(SHORT)
  poll.sent({ side: 'client', handshakeConfirmed: true })
  poll.sent({ side: 'server', handshakeConfirmed: false })
  assert.equal(loop.turns(SHORT), 0)
})

test('it sleeps as soon as turns are far apart: something else needs the processor', () => {
  const { loop, poll } = pollAfter(SHORT)
  poll.sent(HANDSHAKING)
  assert.equal(loop.turn(SHORT), true)
  assert.equal(loop.turn(GAP_MILLIS * 1.5), true)
  assert.equal(loop.turn(SHORT), false)
})

/** How many of so many flights are waited for awake, where each answer comes too late, and then from near again. */
function vainWaits({ loop, poll }: ReturnType<typeof pollAfter>, flights: number): number {
  let awake = 0
  for (let i = 0; i < flights; i++) {
    const askedAt = loop.now()
    poll.sent(HANDSHAKING)
    if (loop.turns(SHORT) > 0) awake++
    poll.received(HANDSHAKING, askedAt + SHORT)
  }
  return awake
}

test('after waits in vain it rests, tries once more, and rests again', () => {
  const poll = pollAfter(SHORT)
  assert.equal(vainWaits(poll, VAIN_WAITS + REST), VAIN_WAITS)
  assert.equal(vainWaits(poll, 1 + REST), 1)
  assert.equal(vainWaits(poll, 1), 1)
})

test('answers in time win back what waits in vain have cost', () => {
  const { loop, poll } = pollAfter(SHORT)
  assert.equal(vainWaits({ loop, poll }, VAIN_WAITS - 1), VAIN_WAITS - 1)
  for (let i = 0; i < MOST_TRUST; i++) {
    poll.sent(HANDSHAKING)
    assert.equal(loop.turn(SHORT), true)
    poll.received(HANDSHAKING, loop.now())
    loop.turns(SHORT)
  }
  assert.equal(vainWaits({ loop, poll }, VAIN_WAITS), VAIN_WAITS)
})

test('once it is closed the loop turns no more', () => {
  const { loop, poll } = pollAfter(SHORT)
  poll.sent(HANDSHAKING)
  poll.close()
  assert.equal(loop.turns(SHORT), 1)
})
