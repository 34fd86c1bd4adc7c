import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { VirtualClock } from '../../test/support/virtual-clock.ts'
import { LAST_CHANCE_MILLIS } from './limits.ts'
import { race } from './race.ts'

interface Runner {
  began: number | null
  fail(error: Error): void
}

/** A race of two who do nothing by themselves. */
function start(headStartMillis: number) {
  const clock = new VirtualClock()
  const heard: Error[] = []
  const state = { claimed: false }
  const runner = (): Runner => ({ began: null, fail: () => assert.fail('it has not begun') })
  const [first, second] = [runner(), runner()]
  const attempt = (of: Runner) => (onfailed: (error: Error) => void) => {
    of.began = clock.now()
    of.fail = onfailed
  }
  race(attempt(first), attempt(second), { headStartMillis, clock, isClaimed: () => state.claimed, onfailed: (error) => heard.push(error) })
  return { clock, heard, state, first, second }
}

describe('a race', () => {
  test('without a head start begins both at once', () => {
    const { first, second } = start(0)
    assert.deepEqual([first.began, second.began], [0, 0])
  })

  test('lets the first run alone for its head start', () => {
    const { clock, first, second } = start(250)
    clock.pass(249)
    assert.deepEqual([first.began, second.began], [0, null])
    clock.pass(1)
    assert.equal(second.began, 250)
  })

  test('begins the second as soon as the first has failed', () => {
    const { clock, first, second } = start(250)
    clock.pass(10)
    first.fail(new Error('no UDP'))
    assert.equal(second.began, 10)
    assert.equal(clock.pending, 0, 'the head start is over')
  })

  test('does not begin the second when the first has the request', () => {
    const { clock, state, second } = start(250)
    state.claimed = true
    clock.pass(1000)
    assert.equal(second.began, null)
  })

  test('without an end to the head start leaves it to the first until that fails', () => {
    const { clock, first, second } = start(Number.POSITIVE_INFINITY)
    clock.pass(1_000_000)
    assert.equal(second.began, null)
    first.fail(new Error('gone'))
    assert.equal(second.began, 1_000_000)
  })

  test('whose second has failed is over soon, unless the first gets through', () => {
    for (const getsThrough of [false, true]) {
      const { clock, heard, state, second } = start(0)
      second.fail(new Error('refused'))
      clock.pass(LAST_CHANCE_MILLIS - 1)
      assert.equal(heard.length, 0)
      state.claimed = getsThrough
      clock.pass(1)
      assert.equal(heard.length, getsThrough ? 0 : 1)
    }
  })

  test('is lost when both have failed, by the error of the second', () => {
    for (const order of [
      ['first', 'second'],
      ['second', 'first'],
    ] as const) {
      const run = start(0)
      run[order[0]].fail(new Error(order[0]))
      assert.deepEqual(run.heard, [], 'one is still running')
      run[order[1]].fail(new Error(order[1]))
      assert.deepEqual(
        run.heard.map(({ message }) => message),
        ['second'],
      )
    }
  })
})
