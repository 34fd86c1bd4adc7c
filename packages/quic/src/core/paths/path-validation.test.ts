import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Reader, Writer } from '@millrace/bytes'
import { decodeFrame } from '../wire/frames/index.ts'
import { PathValidation } from './path-validation.ts'

const FULL = 1200
const SMALL = 300
const TIMEOUT = 1000

function begun(): PathValidation {
  let count = 0
  const validation = new PathValidation((length) => new Uint8Array(length).fill(++count))
  validation.start(0, TIMEOUT)
  return validation
}

/** The data of the challenge that goes out now, in a datagram of `size` bytes. */
function challenge(validation: PathValidation, size: number, now = 0): Uint8Array {
  const writer = new Writer(new Uint8Array(64))
  assert.ok(validation.fill(writer, size, now))
  const frame = decodeFrame(new Reader(writer.target, 0, writer.offset), '1rtt')
  assert.ok(frame.type === 'pathChallenge')
  return new Uint8Array(frame.data)
}

describe('path validation (RFC 9000 section 8.2)', () => {
  test('each challenge has random data of its own, and the answer to any of them counts', () => {
    const validation = begun()
    const first = challenge(validation, FULL)
    assert.equal(validation.wantsToSend, false)
    validation.wake(TIMEOUT)
    const second = challenge(validation, FULL)
    assert.notDeepEqual(first, second)
    assert.equal(validation.answered(new Uint8Array(8), 0), 'unknown')
    assert.ok(validation.pending)
    assert.equal(validation.answered(first, 0), 'complete')
    assert.equal(validation.pending, false)
  })

  test('the answer to a challenge in a small datagram calls for another in one of 1200 bytes (sections 8.2.1 and 8.2.3)', () => {
    const validation = begun()
    const small = challenge(validation, SMALL)
    assert.equal(validation.answered(small, 0), 'partial')
    assert.ok(validation.pending && validation.wantsToSend)
    const full = challenge(validation, FULL)
    assert.equal(validation.answered(full, 0), 'complete')
    assert.equal(validation.pending, false)
  })

  test('a challenge is repeated after the timeout and no sooner, and three timeouts end the matter (sections 8.2.4 and 9.4)', () => {
    const validation = begun()
    challenge(validation, FULL)
    assert.equal(validation.wakeAt(), TIMEOUT)
    assert.equal(validation.wake(TIMEOUT - 1), false)
    assert.equal(validation.wantsToSend, false)
    assert.equal(validation.wake(TIMEOUT), false)
    assert.ok(validation.wantsToSend)
    assert.equal(validation.wake(3 * TIMEOUT), true)
    assert.deepEqual([validation.pending, validation.wantsToSend, validation.wakeAt()], [false, false, null])
  })

  test('tells how long the answer took from the challenge that it answers (RFC 9002 section 6.2.2)', () => {
    const validation = begun()
    assert.equal(validation.roundTripMillis, null)
    challenge(validation, FULL, 0)
    validation.wake(TIMEOUT)
    const second = challenge(validation, FULL, TIMEOUT)
    validation.answered(second, TIMEOUT + 30)
    assert.equal(validation.roundTripMillis, 30)
  })
})
