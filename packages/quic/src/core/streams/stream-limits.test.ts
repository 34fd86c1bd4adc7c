import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TRANSPORT_ERRORS } from '../errors.ts'
import { AcceptingLimit, OpeningLimit } from './stream-limits.ts'

describe('OpeningLimit', () => {
  test('nothing may be opened before the peer has said so', () => {
    assert.equal(new OpeningLimit().room, 0)
  })

  test('limits only grow', () => {
    const limit = new OpeningLimit()
    assert.equal(limit.raise(3), true)
    assert.equal(limit.raise(3), false)
    assert.equal(limit.raise(2), false)
    limit.opened = 2
    assert.deepEqual([limit.limit, limit.room], [3, 1])
  })
})

describe('AcceptingLimit', () => {
  test('accepts streams up to the limit, counted from zero', () => {
    const limit = new AcceptingLimit(2)
    limit.check(1, 5)
    assert.throws(() => limit.check(2, 9), {
      code: TRANSPORT_ERRORS.STREAM_LIMIT_ERROR,
      reason: 'stream 9 is number 3 of its kind; 2 are allowed',
    })
  })

  test('moves as streams end, in steps of a quarter of the window', () => {
    const limit = new AcceptingLimit(8)
    limit.streamEnded()
    assert.equal(limit.wantsRaise, false)
    limit.streamEnded()
    assert.equal(limit.wantsRaise, true)
    assert.equal(limit.raise(), 10)
    assert.equal(limit.wantsRaise, false)
    limit.check(9, 36)
    assert.throws(() => limit.check(10, 40))
  })

  for (const window of [1, 2, 3]) {
    test(`a window of ${window} moves with every stream`, () => {
      const limit = new AcceptingLimit(window)
      for (let ended = 1; ended < 10; ended++) {
        limit.streamEnded()
        assert.equal(limit.wantsRaise, true)
        assert.equal(limit.raise(), window + ended)
      }
    })
  }

  test('a window of nothing accepts nothing', () => {
    const limit = new AcceptingLimit(0)
    assert.throws(() => limit.check(0, 0))
    assert.equal(limit.wantsRaise, false)
  })
})
