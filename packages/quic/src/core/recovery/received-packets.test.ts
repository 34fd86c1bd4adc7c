import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Reader, Writer } from '@millrace/bytes'
import { AckRanges, decodeAck } from '../wire/ack.ts'
import { MAX_ACK_RANGES } from './limits.ts'
import { ReceivedPackets } from './received-packets.ts'

/** The ACK frame written now, read back as the peer does. */
function stated(received: ReceivedPackets, now = 0, exponent = 3): { ranges: [number, number][]; delay: number; ecn: number[] | null } {
  const bytes = new Uint8Array(1200)
  const writer = new Writer(bytes)
  assert.ok(received.write(writer, now, exponent))
  const reader = new Reader(bytes, 0, writer.offset)
  const ack = new AckRanges()
  decodeAck(reader, reader.u8(), ack)
  assert.equal(reader.remaining, 0)
  const ranges = Array.from({ length: ack.count }, (_, i): [number, number] => [ack.smallest[i]!, ack.largest[i]!])
  return { ranges, delay: ack.delay, ecn: ack.hasEcn ? [ack.ect0, ack.ect1, ack.ce] : null }
}

describe('when to acknowledge (RFC 9000 13.2.1, 13.2.2)', () => {
  test('Initial and Handshake packets at once', () => {
    for (const space of ['initial', 'handshake'] as const) {
      const received = new ReceivedPackets(space)
      received.record(0, true, 10)
      assert.ok(received.ackWantedNow(10))
    }
  })

  test('a single 1-RTT packet within max_ack_delay', () => {
    const received = new ReceivedPackets('application', 25)
    received.record(0, true, 10)
    assert.equal(received.ackAt(), 35)
    assert.ok(received.isPending)
    assert.ok(!received.ackWantedNow(34.9))
    assert.ok(received.ackWantedNow(35))
  })

  test('the second ack-eliciting packet at once', () => {
    const received = new ReceivedPackets('application')
    received.record(0, true, 10)
    received.record(1, true, 12)
    assert.equal(received.ackAt(), 12)
    assert.ok(received.ackWantedNow(12))
  })

  test('packets that elicit no acknowledgement never', () => {
    const received = new ReceivedPackets('application')
    for (let number = 0; number < 20; number += 3) received.record(number, false, number)
    assert.equal(received.ackAt(), null)
    assert.ok(!received.isPending)
  })

  test('a gap at once, and what fills it too', () => {
    const received = new ReceivedPackets('application')
    received.record(0, true, 0)
    received.acknowledgementSent(0)
    received.record(2, true, 1)
    assert.ok(received.ackWantedNow(1))
    received.acknowledgementSent(1)
    received.record(1, true, 2)
    assert.ok(received.ackWantedNow(2))
    received.acknowledgementSent(2)
    received.record(3, true, 3)
    assert.ok(!received.ackWantedNow(3))
  })

  test('numbers in between that elicited nothing leave no gap', () => {
    const received = new ReceivedPackets('application')
    received.record(0, true, 0)
    received.acknowledgementSent(0)
    received.record(1, false, 1)
    received.record(2, true, 2)
    assert.ok(!received.ackWantedNow(2))
  })

  test('a first packet that is not number 0 at once: those before it are missing', () => {
    const received = new ReceivedPackets('application')
    received.record(4, true, 0)
    assert.ok(received.ackWantedNow(0))
  })

  test('a packet marked as having met congestion at once', () => {
    const received = new ReceivedPackets('application')
    received.record(0, true, 0, 'ce')
    assert.ok(received.ackWantedNow(0))
  })

  test('a batch of packets shares one, and afterwards nothing waits', () => {
    const received = new ReceivedPackets('application')
    for (let number = 0; number < 40; number++) received.record(number, true, 5)
    assert.deepEqual(stated(received, 5).ranges, [[0, 39]])
    received.acknowledgementSent(5)
    assert.equal(received.ackAt(), null)
    assert.ok(!received.ackWantedNow(1000))
  })

  test('numbers the peer knows of as received leave no gap', () => {
    const received = new ReceivedPackets('application')
    received.record(0, true, 0)
    received.acknowledgementSent(0)
    received.forgetUpTo(0)
    received.record(1, true, 1)
    assert.ok(!received.ackWantedNow(1))
  })
})

describe('what an ACK frame states (RFC 9000 13.2.3 to 13.2.5)', () => {
  test('ranges from the newest down', () => {
    const received = new ReceivedPackets('application')
    for (const number of [0, 1, 5, 3, 9, 8]) received.record(number, true, 0)
    assert.deepEqual(stated(received).ranges, [
      [8, 9],
      [5, 5],
      [3, 3],
      [0, 1],
    ])
    assert.equal(received.largest, 9)
  })

  test('the delay since the largest packet came, in units of the exponent', () => {
    const received = new ReceivedPackets('application')
    received.record(1, true, 10)
    received.record(0, true, 14)
    assert.equal(stated(received, 15, 3).delay, 625)
    assert.equal(stated(received, 15, 0).delay, 5000)
    assert.equal(stated(received, 9, 3).delay, 0)
  })

  test('ECN counts once there are any', () => {
    const received = new ReceivedPackets('application')
    received.record(0, true, 0)
    assert.equal(stated(received).ecn, null)
    received.record(1, true, 0, 'ect0')
    received.record(2, true, 0, 'ect0')
    received.record(3, true, 0, 'ect1')
    received.record(4, true, 0, 'ce')
    assert.deepEqual(stated(received).ecn, [2, 1, 1])
  })

  test('nothing, when nothing has arrived or nothing fits', () => {
    const received = new ReceivedPackets('application')
    assert.ok(!received.write(new Writer(new Uint8Array(100)), 0, 3))
    received.record(0, true, 0)
    const writer = new Writer(new Uint8Array(4))
    assert.ok(!received.write(writer, 0, 3))
    assert.equal(writer.offset, 0)
    assert.ok(received.isPending)
  })

  test('not what the peer knows we have', () => {
    const received = new ReceivedPackets('application')
    for (const number of [0, 1, 2, 5, 6]) received.record(number, true, 0)
    received.forgetUpTo(5)
    assert.deepEqual(stated(received).ranges, [[6, 6]])
    received.forgetUpTo(2)
    assert.deepEqual(stated(received).ranges, [[6, 6]])
    received.forgetUpTo(6)
    assert.ok(!received.write(new Writer(new Uint8Array(100)), 0, 3))
    assert.equal(received.largest, 6)
  })
})

describe('duplicates (RFC 9000 12.3)', () => {
  test('are recognised, gaps are not', () => {
    const received = new ReceivedPackets('application')
    assert.ok(!received.isDuplicate(0))
    for (const number of [0, 1, 4]) received.record(number, true, 0)
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5].map((number) => received.isDuplicate(number)),
      [true, true, false, false, true, false],
    )
  })

  test('are all numbers below those still tracked, so that nothing is processed twice (13.2.3)', () => {
    const received = new ReceivedPackets('application')
    for (const number of [0, 2, 4]) received.record(number, true, 0)
    received.forgetUpTo(2)
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((number) => received.isDuplicate(number)),
      [true, true, true, false, true],
    )
  })

  test('the number of ranges is bounded: the oldest are given up', () => {
    const received = new ReceivedPackets('application')
    for (let number = 0; number < 10_000; number += 2) received.record(number, true, 0)
    const { ranges } = stated(received)
    assert.equal(ranges.length, MAX_ACK_RANGES)
    assert.deepEqual(ranges[0], [9998, 9998])
    const oldest = ranges.at(-1)![0]
    assert.ok(received.isDuplicate(oldest - 2))
    assert.ok(received.isDuplicate(oldest - 3))
    assert.ok(!received.isDuplicate(oldest + 1))
  })
})

test('when all that waits is forgotten, no ACK frame stays due: it could not be written, and would be asked for again and again', () => {
  const received = new ReceivedPackets('application')
  received.record(5, true, 0)
  received.acknowledgementSent(0)
  // Late, and below what the peer then says it has heard of.
  received.record(3, true, 10)
  assert.ok(received.ackWantedNow(10))
  received.forgetUpTo(5)
  assert.equal(received.isPending, false)
  assert.equal(received.ackAt(), null)
  received.record(6, true, 20)
  received.record(7, true, 20)
  assert.ok(received.ackWantedNow(20))
})
