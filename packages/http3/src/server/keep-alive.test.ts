import assert from 'node:assert/strict'
import { beforeEach, mock, test } from 'node:test'
import { KeepAlive } from './keep-alive.ts'

beforeEach(() => {
  mock.timers.reset()
  mock.timers.enable({ apis: ['setTimeout'] })
})

function watched(millis: number): { keepAlive: KeepAlive; ends: () => number } {
  let count = 0
  return {
    keepAlive: new KeepAlive(
      () => millis,
      () => count++,
    ),
    ends: () => count,
  }
}

test('a connection on which nothing begins is ended', () => {
  const { ends } = watched(100)
  mock.timers.tick(99)
  assert.equal(ends(), 0)
  mock.timers.tick(1)
  assert.equal(ends(), 1)
})

test('the time begins anew once all that was under way has ended', () => {
  const { keepAlive, ends } = watched(100)
  mock.timers.tick(50)
  keepAlive.began()
  keepAlive.began()
  mock.timers.tick(500)
  keepAlive.ended()
  mock.timers.tick(500)
  keepAlive.ended()
  mock.timers.tick(99)
  assert.equal(ends(), 0)
  mock.timers.tick(1)
  assert.equal(ends(), 1)
})

test('one that is over, or has no limit, is left alone', () => {
  const [over, unlimited] = [watched(100), watched(0)]
  over.keepAlive.stop()
  mock.timers.tick(10_000)
  assert.deepEqual([over.ends(), unlimited.ends()], [0, 0])
})
