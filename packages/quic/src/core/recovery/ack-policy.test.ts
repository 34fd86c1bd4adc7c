// draft-ietf-quic-ack-frequency section 6, and the examples of section 6.2.1.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AckFrequencyFrame } from '../wire/frames/ack-frequency.ts'
import { AckFrequency } from './ack-frequency.ts'
import { ReceivedPackets } from './received-packets.ts'

const frame = (fields: Partial<AckFrequencyFrame>): AckFrequencyFrame => ({
  type: 'ackFrequency',
  sequence: 0,
  threshold: 1,
  maxAckDelay: 25_000,
  reorderingThreshold: 1,
  ...fields,
})

function asked(fields: Partial<AckFrequencyFrame>): ReceivedPackets {
  const received = new ReceivedPackets('application')
  received.policy.follow(frame(fields), 1000)
  return received
}

/** Packets that arrive in this order: which of them are acknowledged at once? */
function urgent(received: ReceivedPackets, numbers: readonly number[]): number[] {
  return numbers.filter((number) => {
    received.record(number, true, 0)
    if (!received.ackWantedNow(0)) return false
    received.acknowledgementSent(0)
    return true
  })
}

describe('ACK_FREQUENCY', () => {
  test('more packets than the threshold are acknowledged (section 6)', () => {
    assert.deepEqual(urgent(asked({ threshold: 1 }), [0, 1, 2, 3]), [1, 3])
    assert.deepEqual(urgent(asked({ threshold: 0 }), [0, 1, 2]), [0, 1, 2])
    assert.deepEqual(urgent(asked({ threshold: 4 }), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), [4, 9])
  })

  test('the delay is the one asked for (section 4)', () => {
    const received = asked({ threshold: 10, maxAckDelay: 7000 })
    received.record(0, true, 100)
    assert.equal(received.ackAt(), 107)
  })

  test('a frame that was overtaken is ignored (section 4)', () => {
    const received = asked({ sequence: 5, threshold: 4 })
    received.policy.follow(frame({ sequence: 4, threshold: 0 }), 1000)
    received.policy.follow(frame({ sequence: 5, threshold: 0 }), 1000)
    assert.deepEqual(urgent(received, [0, 1, 2, 3, 4]), [4])
  })

  test('a delay under min_ack_delay or of 2^14 ms is a PROTOCOL_VIOLATION, and so is a frame that was not offered (sections 3 and 4)', () => {
    const violation = { name: 'TransportViolation', frameType: 0xaf, code: 0x0a }
    const { policy } = new ReceivedPackets('application')
    assert.throws(() => policy.follow(frame({ maxAckDelay: 999 }), 1000), violation)
    assert.throws(() => policy.follow(frame({ maxAckDelay: 2 ** 14 * 1000 }), 1000), violation)
    assert.throws(() => policy.follow(frame({}), undefined), violation)
    policy.follow(frame({ maxAckDelay: 2 ** 14 * 1000 - 1 }), 1000)
  })

  for (const { threshold, arriving, reported } of [
    { threshold: 1, arriving: [0, 2, 1], reported: [2, 1] },
    { threshold: 3, arriving: [0, 1, 3, 4, 5, 8, 9, 10], reported: [5, 9, 10] },
    { threshold: 5, arriving: [0, 1, 3, 5, 6, 7, 8, 9], reported: [7, 9] },
    { threshold: 0, arriving: [0, 2, 9, 5, 1, 30], reported: [] },
  ]) {
    test(`with a reordering threshold of ${threshold} the packets ${arriving} are acknowledged at ${reported} (section 6.2)`, () => {
      assert.deepEqual(urgent(asked({ threshold: 100, reorderingThreshold: threshold }), arriving), reported)
    })
  }

  test('a packet so late that it was declared lost is acknowledged at once, so that the sender learns of it (section 6.2)', () => {
    assert.deepEqual(urgent(asked({ threshold: 100, reorderingThreshold: 3 }), [0, 2, 3, 4, 1]), [4, 1])
  })

  test('of congestion marks only the first is news, if acknowledgements are few (section 6.3)', () => {
    const received = asked({ threshold: 10 })
    const at = [0, 1, 2, 3, 4].filter((number) => {
      received.record(number, true, 0, number === 0 || number === 3 ? 'notEct' : 'ce')
      if (!received.ackWantedNow(0)) return false
      received.acknowledgementSent(0)
      return true
    })
    assert.deepEqual(at, [1, 4])
  })
})

test('IMMEDIATE_ACK: the packet that brought it is acknowledged at once, the next is not (section 5)', () => {
  const received = asked({ threshold: 10 })
  assert.deepEqual(urgent(received, [0, 1]), [])
  received.policy.atOnce = true
  assert.deepEqual(urgent(received, [2, 3]), [2])
})

describe('asking for fewer acknowledgements', () => {
  test('a peer that does not take part, or a user who does not want it, hears nothing', () => {
    const unasked = new AckFrequency(false)
    unasked.usePeer(25, 1000)
    unasked.update(120_000, 1200, 50, 3, 0)
    assert.ok(!unasked.wantsToSend)
    const alone = new AckFrequency(true)
    alone.usePeer(25, undefined)
    alone.update(120_000, 1200, 50, 3, 0)
    assert.ok(!alone.wantsToSend)
    assert.ok(!alone.isSupported)
  })

  test('once a round trip at most, and for no small change', () => {
    const asking = new AckFrequency(true)
    asking.usePeer(25, 1000)
    asking.update(12_000, 1200, 50, 3, 0)
    assert.ok(asking.wantsToSend)
    assert.equal(asking.maxAckDelayMillis, 25, 'what is not confirmed does not shorten the probe timeout (section 7)')
  })
})
