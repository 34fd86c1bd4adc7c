import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodePacketNumber, packetNumberLength } from './packet-number.ts'

test('RFC 9000 A.2: 0xac5c02 takes 16 bits after 0xabe8b3, 0xace8fe takes 24', () => {
  assert.equal(packetNumberLength(0xac5c02, 0xabe8b3), 2)
  assert.equal(packetNumberLength(0xace8fe, 0xabe8b3), 3)
})

test('RFC 9000 A.3: 0x9b32 after 0xa82f30ea is 0xa82f9b32', () => {
  assert.equal(decodePacketNumber(0xa82f30ea, 0x9b32, 2), 0xa82f9b32)
})

test('lengths change where twice the unacknowledged numbers need another byte', () => {
  const lengths = [0x7f, 0x80, 0x7fff, 0x8000, 0x7f_ffff, 0x80_0000].map((full) => packetNumberLength(full, -1))
  assert.deepEqual(lengths, [1, 2, 2, 3, 3, 4])
})

test('the first packets of a space are restored without anything to go by', () => {
  assert.equal(decodePacketNumber(-1, 0, 1), 0)
  assert.equal(decodePacketNumber(-1, 0xff, 1), 0xff)
})

test('what the sender truncates the receiver restores, wherever between the last acknowledged and this one it stands', () => {
  const top = 2 ** 52
  fc.assert(
    fc.property(fc.integer({ min: -1, max: top }), fc.integer({ min: 1, max: 2 ** 30 }), fc.nat(), (acknowledged, ahead, seen) => {
      const full = acknowledged + ahead
      const largest = acknowledged + (seen % ahead)
      const length = packetNumberLength(full, acknowledged)
      assert.equal(decodePacketNumber(largest, full % 2 ** (8 * length), length), full)
    }),
    { numRuns: 1000 },
  )
})

test('the window is centred on the next packet: half of it ahead counts, half of it behind does not', () => {
  assert.equal(decodePacketNumber(0xffff, 0x80, 1), 0x1_0080)
  assert.equal(decodePacketNumber(0xffff, 0x81, 1), 0xff81)
  assert.equal(decodePacketNumber(0x1_007f, 0x00, 1), 0x1_0100)
  assert.equal(decodePacketNumber(0x1_007f, 0x01, 1), 0x1_0001)
})

test('a late packet is restored from behind the largest', () => {
  assert.equal(decodePacketNumber(0x1_0002, 0xfffe, 2), 0xfffe)
  assert.equal(decodePacketNumber(256, 0xfe, 1), 254)
})
