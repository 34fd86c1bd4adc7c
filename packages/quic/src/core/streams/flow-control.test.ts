import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TRANSPORT_ERRORS } from '../errors.ts'
import { MAX_USED_UP_WINDOW } from '../limits.ts'
import { ReceiveCredit, SendCredit } from './flow-control.ts'

describe('SendCredit', () => {
  test('room is what the limit leaves', () => {
    const credit = new SendCredit(100)
    credit.used = 70
    assert.equal(credit.room, 30)
  })

  test('limits only grow', () => {
    const credit = new SendCredit(100)
    assert.equal(credit.raise(100), false)
    assert.equal(credit.raise(50), false)
    assert.equal(credit.limit, 100)
    assert.equal(credit.raise(101), true)
    assert.equal(credit.limit, 101)
  })
})

describe('ReceiveCredit', () => {
  test('allows the window and not a byte more', () => {
    const credit = new ReceiveCredit(10)
    credit.use(10, 4)
    assert.throws(() => credit.use(1, 4), {
      name: 'TransportViolation',
      code: TRANSPORT_ERRORS.FLOW_CONTROL_ERROR,
      reason: '11 bytes arrived where stream 4 allows 10',
    })
  })

  test('gives more once half of the window is consumed', () => {
    const credit = new ReceiveCredit(10)
    credit.use(10, 4)
    credit.consume(4)
    assert.equal(credit.wantsRaise, false)
    credit.consume(1)
    assert.equal(credit.wantsRaise, true)
    assert.equal(credit.raise(0, 0), 15)
    assert.equal(credit.wantsRaise, false)
    assert.equal(credit.limit, 15)
    credit.use(5, 4)
    assert.equal(credit.used, 15)
  })

  test('a window of one byte moves byte by byte', () => {
    const credit = new ReceiveCredit(1)
    for (let i = 1; i < 10; i++) {
      credit.use(1, 4)
      assert.equal(credit.wantsRaise, false)
      credit.consume(1)
      assert.equal(credit.wantsRaise, true)
      assert.equal(credit.raise(0, 0), i + 1)
    }
  })

  test('a window that holds the sender back doubles, up to the largest there may be', () => {
    const credit = new ReceiveCredit(10, 35)
    const roundTrip = 100
    let now = 0
    const useUp = (): number => {
      credit.use(credit.limit - credit.used, 4)
      credit.consume(credit.used)
      return credit.raise(now, roundTrip)
    }
    assert.equal(useUp(), 20, 'the first time says nothing yet')
    now += 2 * roundTrip
    useUp()
    assert.equal(credit.window, 10, 'the path had two round trips to fill it')
    const windows = [20, 35, 35].map(() => {
      now += 2 * roundTrip - 1
      useUp()
      return credit.window
    })
    assert.deepEqual(windows, [20, 35, 35])
  })

  test('a window that the peer has used up doubles once, if the reader has kept up', () => {
    const credit = new ReceiveCredit(100, 400)
    const useUp = (unread: number): number => {
      const left = credit.limit - credit.used
      credit.use(left, 4)
      credit.usedUp()
      credit.consume(left - unread)
      credit.raise(0, 0)
      credit.consume(unread)
      return credit.window
    }
    const windows = [useUp(26), useUp(25), useUp(51), useUp(50), useUp(0)]
    assert.deepEqual(windows, [100, 200, 200, 400, 400])
    credit.use(200, 4)
    credit.consume(200)
    credit.raise(0, 0)
    assert.equal(credit.window, 400, 'nobody said that it was used up')
  })

  test('a window that was used up grows no further than what waits may lie at the socket', () => {
    const credit = new ReceiveCredit(MAX_USED_UP_WINDOW / 2, 8 * MAX_USED_UP_WINDOW)
    for (let i = 0; i < 4; i++) {
      const left = credit.limit - credit.used
      credit.use(left, 4)
      credit.consume(left)
      credit.usedUp()
      credit.raise(0, 0)
    }
    assert.equal(credit.window, MAX_USED_UP_WINDOW)
  })

  test('a window does not grow because a limit is said again, nor before the round trip is known', () => {
    const credit = new ReceiveCredit(10, 100)
    credit.use(10, 4)
    credit.consume(10)
    credit.raise(1, 100)
    for (let i = 0; i < 5; i++) assert.equal(credit.raise(2, 100), 20)
    credit.use(10, 4)
    credit.consume(10)
    assert.equal(credit.raise(3, 0), 30)
    assert.equal(credit.window, 10)
  })

  test('a window of nothing never moves', () => {
    const credit = new ReceiveCredit(0)
    assert.equal(credit.wantsRaise, false)
    assert.throws(() => credit.use(1, 4))
  })
})
