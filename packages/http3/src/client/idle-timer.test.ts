import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { VirtualClock } from '../../test/support/virtual-clock.ts'
import { IdleTimer } from './idle-timer.ts'
import { Slots } from './slots.ts'

function timer(millis: number) {
  const clock = new VirtualClock(1_000)
  const fired: number[] = []
  return { clock, fired, idle: new IdleTimer(clock, millis, () => fired.push(clock.now())) }
}

describe('an idle timer', () => {
  test('fires once nothing was touched for so long, with one alarm at a time', () => {
    const { clock, fired, idle } = timer(100)
    for (let index = 0; index < 10; index++) {
      clock.pass(60)
      idle.touch()
      assert.equal(clock.pending, 1)
    }
    clock.pass(99)
    assert.deepEqual(fired, [])
    clock.pass(1)
    assert.deepEqual(fired, [1_700])
    assert.equal(clock.pending, 0)
  })

  test('waits while it is held, and counts from the next touch', () => {
    const { clock, fired, idle } = timer(100)
    idle.hold()
    clock.pass(10_000)
    idle.touch()
    clock.pass(99)
    assert.deepEqual(fired, [])
    clock.pass(100)
    assert.equal(fired.length, 1)
  })

  test('of 0 milliseconds, or stopped, never fires', () => {
    const [endless, stopped] = [timer(0), timer(100)]
    stopped.idle.stop()
    for (const { clock, fired } of [endless, stopped]) {
      clock.pass(1_000_000)
      assert.deepEqual(fired, [])
    }
  })
})

test('slots are given in the order in which they were asked for', async () => {
  const slots = new Slots(1)
  assert.equal(slots.take(), undefined)
  const order: number[] = []
  const waiting = [1, 2].map((index) => slots.take()!.then(() => order.push(index)))
  slots.release()
  await waiting[0]
  assert.deepEqual(order, [1])
  slots.release()
  await waiting[1]
  slots.release()
  assert.equal(slots.take(), undefined)
})
