import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TRANSPORT_ERRORS } from '../errors.ts'
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
    credit.use(10, 'x')
    assert.throws(() => credit.use(1, 'stream 4'), {
      name: 'TransportViolation',
      code: TRANSPORT_ERRORS.FLOW_CONTROL_ERROR,
      reason: '11 bytes arrived where stream 4 allows 10',
    })
  })

  test('gives more once half of the window is consumed', () => {
    const credit = new ReceiveCredit(10)
    credit.use(10, 'x')
    credit.consume(4)
    assert.equal(credit.wantsRaise, false)
    credit.consume(1)
    assert.equal(credit.wantsRaise, true)
    assert.equal(credit.raise(), 15)
    assert.equal(credit.wantsRaise, false)
    assert.equal(credit.limit, 15)
    credit.use(5, 'x')
    assert.equal(credit.used, 15)
  })

  test('a window of one byte moves byte by byte', () => {
    const credit = new ReceiveCredit(1)
    for (let i = 1; i < 10; i++) {
      credit.use(1, 'x')
      assert.equal(credit.wantsRaise, false)
      credit.consume(1)
      assert.equal(credit.wantsRaise, true)
      assert.equal(credit.raise(), i + 1)
    }
  })

  test('a window of nothing never moves', () => {
    const credit = new ReceiveCredit(0)
    assert.equal(credit.wantsRaise, false)
    assert.throws(() => credit.use(1, 'x'))
  })
})
