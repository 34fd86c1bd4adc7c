import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BusyPoll } from './busy-poll.ts'

/** An event loop by hand: how many turns follow until there is nothing to do, each of `millis`. */
class Loop {
  time = 100
  readonly #waiting: (() => void)[] = []

  now(): number {
    return this.time
  }

  next(turn: () => void): void {
    this.#waiting.push(turn)
  }

  turns(millis: number): number {
    let count = 0
    for (let turn = this.#waiting.shift(); turn !== undefined; turn = this.#waiting.shift()) {
      count++
      this.time += millis
      turn()
    }
    return count
  }
}

test('the loop turns for as long as was asked for, and then may sleep', () => {
  const loop = new Loop()
  const poll = new BusyPoll(0.5, loop)
  poll.extend()
  assert.equal(loop.turns(0.125), 4)
  assert.equal(loop.turns(0.125), 0)
  poll.extend()
  assert.equal(loop.turns(0.125), 4, 'and again at the next datagram')
})

test('each datagram makes it longer, and none makes it turn twice', () => {
  const loop = new Loop()
  const poll = new BusyPoll(0.5, loop)
  poll.extend()
  loop.time += 0.25
  poll.extend()
  poll.extend()
  assert.equal(loop.turns(0.125), 4)
})

test('once it is closed the loop turns no more', () => {
  const loop = new Loop()
  const poll = new BusyPoll(500, loop)
  poll.extend()
  poll.close()
  assert.equal(loop.turns(1), 1)
})
