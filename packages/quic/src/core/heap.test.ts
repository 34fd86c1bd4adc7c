import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Heap, type Placed } from './heap.ts'

const member = (): Placed => ({ place: -1 })

test('the lowest is first, however numbers change', () => {
  const heap = new Heap<Placed>()
  const [a, b, c] = [member(), member(), member()]
  assert.deepEqual([heap.first, heap.firstKey], [null, Number.POSITIVE_INFINITY])
  heap.set(a, 30)
  heap.set(b, 20)
  heap.set(c, 40)
  assert.equal(heap.first, b)
  heap.set(c, 10)
  assert.deepEqual([heap.first, heap.firstKey], [c, 10])
  heap.set(c, 50)
  assert.equal(heap.first, b)
  heap.remove(b)
  assert.equal(heap.first, a)
  heap.remove(b)
  heap.remove(a)
  assert.equal(heap.first, c)
  heap.remove(c)
  assert.equal(heap.first, null)
})

test('agrees with a sorted list, whatever is set, changed and removed', () => {
  const step = fc.record({ who: fc.nat(30), key: fc.option(fc.nat(50)) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new Heap<Placed>()
      const all = Array.from({ length: 31 }, member)
      const model = new Map<Placed, number>()
      for (const { who, key } of steps) {
        const one = all[who]!
        if (key === null) {
          heap.remove(one)
          model.delete(one)
        } else {
          heap.set(one, key)
          model.set(one, key)
        }
        assert.equal(heap.firstKey, Math.min(...model.values()))
        for (const each of all) assert.equal(each.place >= 0, model.has(each))
      }
      const order: number[] = []
      for (let { first } = heap; first !== null; first = heap.first) {
        order.push(heap.firstKey)
        assert.equal(heap.firstKey, model.get(first))
        heap.remove(first)
      }
      assert.deepEqual(
        order,
        [...model.values()].sort((x, y) => x - y),
      )
    }),
  )
})
