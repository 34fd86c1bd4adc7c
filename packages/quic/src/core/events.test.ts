import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventQueue } from './events.ts'

const event = (n: number) => ({ type: 'ticketReceived', ticket: Uint8Array.of(n) }) as const

test('events come out as they went in, also when taken and stated in turns', () => {
  const queue = new EventQueue()
  assert.equal(queue.take(), null)
  const [a, b, c] = [event(1), event(2), event(3)]
  queue.push(a)
  queue.push(b)
  assert.equal(queue.take(), a)
  queue.push(c)
  assert.equal(queue.take(), b)
  assert.equal(queue.take(), c)
  assert.equal(queue.take(), null)
  queue.push(a)
  assert.equal(queue.take(), a)
  assert.equal(queue.take(), null)
})
