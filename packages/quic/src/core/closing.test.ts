import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Closing, closeInHandshake } from './closing.ts'
import { MAX_CLOSE_INTERVAL, MAX_REASON_LENGTH } from './limits.ts'
import type { FrameOf } from './wire/frames/index.ts'

const frame = (reason = '', layer: 'transport' | 'application' = 'application'): FrameOf<'connectionClose'> => ({
  type: 'connectionClose',
  layer,
  code: 5n,
  frameType: 0,
  reason,
})

describe('Closing', () => {
  test('says goodbye once, and is finished when its time has come', () => {
    const closing = new Closing()
    assert.deepEqual([closing.state, closing.wantsToSend, closing.wakeAt(), closing.frame], ['open', false, null, null])
    closing.close(frame('bye'), 300)
    assert.deepEqual([closing.state, closing.wantsToSend, closing.wakeAt()], ['closing', true, 300])
    closing.sent(60)
    assert.equal(closing.wantsToSend, false)
    closing.wake(299)
    assert.equal(closing.state, 'closing')
    closing.wake(300)
    assert.deepEqual([closing.state, closing.wakeAt()], ['finished', null])
  })

  test('answers packets with ever longer pauses', () => {
    const closing = new Closing()
    closing.close(frame(), 300)
    closing.sent(60)
    const answers: number[] = []
    for (let arrival = 1; arrival <= 3 * MAX_CLOSE_INTERVAL; arrival++) {
      closing.arrived(100)
      if (!closing.wantsToSend) continue
      answers.push(arrival)
      closing.sent(60)
    }
    assert.deepEqual(answers.slice(0, 5), [1, 3, 7, 15, 31])
    assert.equal(answers.length, 12)
    assert.equal(answers[11]! - answers[10]!, MAX_CLOSE_INTERVAL)
  })

  test('answers with three times what arrived at most, since anyone may have sent it', () => {
    const closing = new Closing()
    closing.close(frame(), 300)
    closing.sent(60)
    let [received, answered] = [0, 0]
    for (let arrival = 1; arrival <= 200; arrival++) {
      closing.arrived(9)
      received += 9
      if (!closing.wantsToSend) continue
      closing.sent(60)
      answered += 60
      assert.ok(answered <= 3 * received, `${answered} bytes for ${received}`)
    }
    assert.ok(answered >= 300, `${answered}`)
  })

  test('draining says nothing, whatever arrives', () => {
    const closing = new Closing()
    closing.drain(300)
    closing.arrived(100)
    assert.deepEqual([closing.state, closing.wantsToSend, closing.wakeAt()], ['draining', false, 300])
    closing.close(frame(), 900)
    assert.deepEqual([closing.state, closing.wantsToSend, closing.wakeAt()], ['draining', false, 300])
    closing.wake(300)
    assert.equal(closing.state, 'finished')
  })

  test('the first reason stands', () => {
    const closing = new Closing()
    closing.close(frame('first'), 300)
    closing.close(frame('second'), 900)
    assert.equal(closing.frame?.reason, 'first')
    assert.equal(closing.wakeAt(), 300)
  })

  test('finished is for good', () => {
    const closing = new Closing()
    closing.finish()
    closing.close(frame(), 300)
    closing.drain(300)
    assert.deepEqual([closing.state, closing.wantsToSend], ['finished', false])
  })

  for (const character of ['a', 'ü', '€', '😀']) {
    for (const extra of ['', 'a', 'ab', 'abc']) {
      test(`a long reason of '${character}' after '${extra}' is cut to whole characters that fit`, () => {
        const closing = new Closing()
        const whole = extra + character.repeat(500)
        closing.close(frame(whole), 300)
        const { reason } = closing.frame!
        const size = Buffer.byteLength(reason)
        assert.ok(size <= MAX_REASON_LENGTH && size > MAX_REASON_LENGTH - 4, `${size} bytes`)
        assert.ok(reason.endsWith('…') && whole.startsWith(reason.slice(0, -1)))
      })
    }
  }

  test('a reason that fits is left alone', () => {
    const closing = new Closing()
    closing.close(frame('a'.repeat(MAX_REASON_LENGTH)), 300)
    assert.equal(closing.frame?.reason.length, MAX_REASON_LENGTH)
  })
})

test('before the handshake is done, what an application says becomes APPLICATION_ERROR; what the transport says stays', () => {
  assert.deepEqual(closeInHandshake(frame('secret')), {
    type: 'connectionClose',
    layer: 'transport',
    code: 0x0cn,
    frameType: 0,
    reason: '',
  })
  const transport = frame('why', 'transport')
  assert.deepEqual(closeInHandshake(transport), transport)
})
