import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Deadlines, type Sleeper } from './deadlines.ts'

const sleeper = (): Sleeper => ({ deadline: 0, place: -1 })

test('the first to wake is first, however deadlines change', () => {
  const deadlines = new Deadlines<Sleeper>()
  const [a, b, c] = [sleeper(), sleeper(), sleeper()]
  assert.equal(deadlines.first, undefined)
  deadlines.set(a, 30)
  deadlines.set(b, 20)
  deadlines.set(c, 40)
  assert.equal(deadlines.first, b)
  deadlines.set(c, 10)
  assert.equal(deadlines.first, c)
  deadlines.set(c, 50)
  assert.equal(deadlines.first, b)
  deadlines.set(b, null)
  assert.equal(deadlines.first, a)
  deadlines.set(b, null)
  deadlines.set(a, null)
  assert.equal(deadlines.first, c)
  deadlines.set(c, null)
  assert.equal(deadlines.first, undefined)
})

test('agrees with a sorted list, whatever is set, changed and removed', () => {
  const step = fc.record({ who: fc.nat(30), deadline: fc.option(fc.nat(50)) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const deadlines = new Deadlines<Sleeper>()
      const all = Array.from({ length: 31 }, sleeper)
      const model = new Map<Sleeper, number>()
      for (const { who, deadline } of steps) {
        const one = all[who]!
        deadlines.set(one, deadline)
        if (deadline === null) model.delete(one)
        else model.set(one, deadline)
        const least = Math.min(...model.values())
        if (model.size === 0) assert.equal(deadlines.first, undefined)
        else assert.equal(deadlines.first!.deadline, least)
        for (const each of all) assert.equal(each.place >= 0, model.has(each))
      }
      const order: number[] = []
      for (let first = deadlines.first; first !== undefined; first = deadlines.first) {
        order.push(first.deadline)
        deadlines.set(first, null)
      }
      assert.deepEqual(
        order,
        [...model.values()].sort((x, y) => x - y),
      )
    }),
  )
})
