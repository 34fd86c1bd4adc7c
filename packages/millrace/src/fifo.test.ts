import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fifo } from './fifo.ts'

test('gives back what was put in, in order, over any mixture of both', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3000, max: 3000 }), { maxLength: 20 }), (steps) => {
      const fifo = new Fifo<number>()
      const model: number[] = []
      let next = 0
      for (const step of steps) {
        for (let count = 0; count < step; count++) {
          fifo.push(next)
          model.push(next++)
        }
        for (let count = 0; count < -step; count++) assert.equal(fifo.shift(), model.shift())
        assert.equal(fifo.length, model.length)
        assert.equal(fifo.at(0), model[0])
        assert.equal(fifo.at(model.length - 1), model.at(-1))
        assert.equal(fifo.at(model.length), undefined)
      }
    }),
    { numRuns: 30 },
  )
})
