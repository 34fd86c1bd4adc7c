import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RangeSet, Reader, varintSize, Writer } from '@millrace/bytes'
import fc from 'fast-check'
import { TransportViolation } from '../errors.ts'
import { AckRanges, ackSize, decodeAck, MAX_ACK_RANGES, writeAck } from './ack.ts'

/** Every second packet from 0 on: `count` ranges of one packet. */
function everySecond(count: number): RangeSet {
  const received = new RangeSet()
  for (let i = 0; i < count; i++) received.add(i * 2, i * 2 + 1)
  return received
}

function read(bytes: Uint8Array, end: number, into: AckRanges = new AckRanges()): AckRanges {
  const reader = new Reader(bytes, 0, end)
  decodeAck(reader, reader.varint(), into)
  assert.equal(reader.remaining, 0)
  return into
}

/** The ranges, newest first, as pairs that are inclusive at both ends. */
function pairs(ack: AckRanges): [number, number][] {
  return Array.from({ length: ack.count }, (_, i) => [ack.smallest[i]!, ack.largest[i]!])
}

function newestFirst(received: RangeSet, ranges: number): [number, number][] {
  return Array.from({ length: received.count }, (_, i): [number, number] => [received.start(i), received.stop(i) - 1])
    .reverse()
    .slice(0, ranges)
}

test('an ACK stands on the wire as RFC 9000 figure 25 says', () => {
  const received = new RangeSet()
  received.add(2, 4)
  received.add(7, 11)
  const writer = new Writer(new Uint8Array(20))
  assert.equal(writeAck(writer, received, 5, 32), true)
  // Largest 10, delay 5, one more range, 4 packets; a gap of 3 packets (4, 5, 6), 2 packets.
  assert.equal(Buffer.from(writer.target).subarray(0, writer.offset).toString('hex'), '020a0501030201')
  assert.deepEqual(pairs(read(writer.target, writer.offset)), [
    [7, 10],
    [2, 3],
  ])
})

test('ECN counts change the type and come last', () => {
  const writer = new Writer(new Uint8Array(20))
  writeAck(writer, everySecond(1), 0, 1, { ect0: 1, ect1: 2, ce: 70 })
  assert.equal(Buffer.from(writer.target).subarray(0, writer.offset).toString('hex'), '030000000001024046')
  const ack = read(writer.target, writer.offset)
  assert.deepEqual([ack.hasEcn, ack.ect0, ack.ect1, ack.ce], [true, 1, 2, 70])
})

test('nothing of the last frame stays in ranges that are used again', () => {
  const into = new AckRanges()
  const bytes = new Uint8Array(64)
  const first = new Writer(bytes)
  writeAck(first, everySecond(5), 9, 5, { ect0: 1, ect1: 2, ce: 3 })
  read(bytes, first.offset, into)
  const second = new Writer(bytes)
  writeAck(second, everySecond(1), 0, 5)
  read(bytes, second.offset, into)
  assert.deepEqual([into.count, into.delay, into.hasEcn, into.ect0, into.ect1, into.ce], [1, 0, false, 0, 0, 0])
})

test('only the newest ranges are written when there are more than asked for', () => {
  const received = everySecond(100)
  const writer = new Writer(new Uint8Array(1200))
  writeAck(writer, received, 0, 10)
  assert.deepEqual(pairs(read(writer.target, writer.offset)), newestFirst(received, 10))
})

test('an empty set is not acknowledged', () => {
  const writer = new Writer(new Uint8Array(100))
  assert.equal(writeAck(writer, new RangeSet(), 0, 32), false)
  assert.equal(writer.offset, 0)
})

test('in any room the newest ranges that fit are written, one more would not fit, and ackSize foretold it', () => {
  const steps = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 20_000 }), length: fc.integer({ min: 1, max: 20_000 }) }), {
    minLength: 1,
    maxLength: 120,
  })
  const ecn = fc.option(fc.record({ ect0: fc.nat(), ect1: fc.nat(), ce: fc.nat() }))
  fc.assert(
    fc.property(
      steps,
      fc.nat(),
      fc.integer({ min: 1, max: 130 }),
      fc.integer({ min: 0, max: 500 }),
      ecn,
      (list, delay, most, room, counts) => {
        const received = new RangeSet()
        let next = 0
        for (const { gap, length } of list) {
          received.add(next + gap, next + gap + length)
          next += gap + length
        }
        const writer = new Writer(new Uint8Array(room))
        if (!writeAck(writer, received, delay, most, counts)) {
          assert.equal(writer.offset, 0)
          assert.ok(ackSize(received, delay, 1, counts) > room)
          return
        }
        const ack = read(writer.target, writer.offset)
        assert.deepEqual(pairs(ack), newestFirst(received, ack.count))
        assert.equal(ack.delay, delay)
        assert.equal(writer.offset, ackSize(received, delay, ack.count, counts))
        assert.ok(ack.count <= most)
        if (ack.count < Math.min(most, received.count)) assert.ok(ackSize(received, delay, ack.count + 1, counts) > room)
      },
    ),
  )
})

test(`of more than ${MAX_ACK_RANGES} ranges the newest are kept and the rest is still checked`, () => {
  const received = everySecond(MAX_ACK_RANGES + 44)
  const writer = new Writer(new Uint8Array(2000))
  writeAck(writer, received, 0, received.count)
  const ack = read(writer.target, writer.offset)
  assert.equal(ack.count, MAX_ACK_RANGES)
  assert.deepEqual(pairs(ack), newestFirst(received, MAX_ACK_RANGES))

  // The oldest range reaches below zero, far behind the last one that is kept.
  writer.target[writer.offset - 1] = 1
  assert.throws(() => read(writer.target, writer.offset), TransportViolation)
})

test('ranges at the top of what a number holds are written and read', () => {
  const received = new RangeSet()
  received.add(Number.MAX_SAFE_INTEGER - 3, Number.MAX_SAFE_INTEGER)
  const writer = new Writer(new Uint8Array(20))
  writeAck(writer, received, 0, 1)
  assert.equal(writer.offset, 3 + varintSize(Number.MAX_SAFE_INTEGER) + 1)
  assert.deepEqual(pairs(read(writer.target, writer.offset)), [[Number.MAX_SAFE_INTEGER - 3, Number.MAX_SAFE_INTEGER - 1]])
})
