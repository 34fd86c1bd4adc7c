import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Alarms } from './alarms.ts'
import type { Member } from './member.ts'

const member = (): Member => ({ place: -1 }) as unknown as Member

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
