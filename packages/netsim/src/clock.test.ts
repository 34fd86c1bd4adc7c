import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { VirtualClock } from './clock.ts'

test('events run in the order of their times, and of one time as they were scheduled', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 }), (times) => {
      const clock = new VirtualClock()
      const ran: (readonly [at: number, index: number])[] = []
      times.forEach((at, index) => {
        clock.schedule(at, () => ran.push([clock.now, index]))
      })
      clock.run(20)
      const expected = times.map((at, index) => [at, index] as const).sort((a, b) => a[0] - b[0] || a[1] - b[1])
      assert.deepEqual(ran, expected)
    }),
  )
})

test('running stops after what is due, and the clock shows the time it was run to', () => {
  const clock = new VirtualClock(10)
  const ran: number[] = []
  for (const at of [11, 12, 12.5]) clock.schedule(at, () => ran.push(at))
  clock.run(12)
  assert.deepEqual([ran, clock.now, clock.next], [[11, 12], 12, 12.5])
  clock.run(100)
  assert.deepEqual([ran, clock.now, clock.next], [[11, 12, 12.5], 100, null])
})

test('what an event schedules runs in its turn, and what is overdue runs at once', () => {
  const clock = new VirtualClock()
  const ran: string[] = []
  clock.schedule(5, () => {
    ran.push('first')
    clock.schedule(6, () => ran.push(`third at ${clock.now}`))
    clock.schedule(1, () => ran.push(`second at ${clock.now}`))
    assert.deepEqual(ran, ['first'])
  })
  clock.run(10)
  assert.deepEqual(ran, ['first', 'second at 5', 'third at 6'])
})

test('what is cancelled does not run, nor does the clock wait for it', () => {
  const clock = new VirtualClock()
  const ran: number[] = []
  const first = clock.schedule(1, () => ran.push(1))
  clock.schedule(2, () => ran.push(2))
  first.cancel()
  assert.equal(clock.next, 2)
  clock.run(3)
  first.cancel()
  assert.deepEqual(ran, [2])
})
