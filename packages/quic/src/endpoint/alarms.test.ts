import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import type { LifeState } from '../core/closing.ts'
import { Alarms } from './alarms.ts'
import type { Member } from './member.ts'

const member = (state: LifeState = 'open'): Member => ({ place: -1, connection: { closing: { state } } }) as unknown as Member

test('who cannot do what it was woken for is woken again later, and not in the same go', async () => {
  const moments: number[] = []
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const alarms = new Alarms((woken, now) => {
    if (moments.includes(now)) reject(new Error('twice in one go'))
    moments.push(now)
    // Its time has come already, and goes on to have come.
    if (moments.length < 3 && moments.at(-2) !== now) alarms.set(woken, 0)
    else resolve()
  })
  alarms.set(member(), 0)
  await promise
  assert.equal(moments.length, 3)
})

test('all whose time has come are woken in one go, the earliest first, and those not awaited any more are not', async () => {
  const [first, second, third] = [member(), member(), member()]
  const woken: [Member, number][] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const alarms = new Alarms((each, now) => {
    woken.push([each, now])
    if (each === second) resolve()
  })
  alarms.set(second, 2)
  alarms.set(third, 1)
  alarms.set(first, 0)
  alarms.set(third, null)
  await promise
  assert.deepEqual(
    woken.map(([each]) => each),
    [first, second],
  )
  assert.equal(woken[0]![1], woken[1]![1])
})

test('connections that are over are forgotten together, none before its time', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let now = 0
  t.mock.method(performance, 'now', () => now)
  const moments: number[] = []
  const alarms = new Alarms((_, at) => moments.push(at))
  for (const at of [1, 5, 16]) alarms.set(member('closing'), at)
  for (const at of [17, 30]) alarms.set(member('draining'), at)
  for (; now < 40; now++) t.mock.timers.tick(1)
  assert.deepEqual(moments, [16, 16, 16, 32, 32])
})

test('once they are closed, from inside too, nobody is woken, and the process may end', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let count = 0
  const alarms = new Alarms((woken) => {
    count++
    alarms.close()
    alarms.set(woken, 0)
  })
  alarms.set(member(), 0)
  t.mock.timers.tick(1)
  assert.equal(count, 1)
  alarms.set(member(), 0)
  t.mock.timers.tick(10_000)
  assert.equal(count, 1)
})
