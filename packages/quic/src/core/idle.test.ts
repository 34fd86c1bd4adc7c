import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { IdleTimer } from './idle.ts'

describe('the idle timeout', () => {
  for (const [ours, theirs, used] of [
    [0, 0, 0],
    [5000, 0, 5000],
    [0, 7000, 7000],
    [5000, 7000, 5000],
    [7000, 5000, 5000],
  ] as const) {
    test(`ours ${ours}, the peer's ${theirs}: ${used === 0 ? 'none' : used}`, () => {
      const timer = new IdleTimer(ours, 0, 100)
      timer.usePeerTimeout(theirs)
      assert.equal(timer.timeoutMillis, used)
      assert.equal(timer.expiresAt(10), used === 0 ? null : 100 + used)
    })
  }

  test('is three probe timeouts at least', () => {
    assert.equal(new IdleTimer(100, 0, 0).expiresAt(50), 150)
    assert.equal(new IdleTimer(100, 0, 0).expiresAt(30), 100)
  })

  test('starts anew with each packet that arrives, and with the first that is sent after it', () => {
    const timer = new IdleTimer(1000, 0, 0)
    timer.sent(100)
    assert.equal(timer.expiresAt(0), 1100)
    timer.sent(500)
    assert.equal(timer.expiresAt(0), 1100, 'only the first')
    timer.received(600)
    assert.equal(timer.expiresAt(0), 1600)
    timer.sent(700)
    timer.sent(800)
    assert.equal(timer.expiresAt(0), 1700)
  })
})

describe('keep-alive', () => {
  test('zero is off', () => assert.equal(new IdleTimer(1000, 0, 0).keepAliveAt(), null))

  test('is due an interval after the last packet, whoever sent it', () => {
    const timer = new IdleTimer(0, 300, 10)
    assert.equal(timer.keepAliveAt(), 310)
    timer.received(100)
    assert.equal(timer.keepAliveAt(), 400)
    timer.sent(200)
    timer.sent(250)
    assert.equal(timer.keepAliveAt(), 550)
  })
})
