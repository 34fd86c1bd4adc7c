// What a hostile peer may make this package do.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decodePacket,
  encodeHeader,
  encodeNode,
  encodePrimitive,
  find,
  MAX_DEPTH,
  MAX_PACKET_BYTES,
  Observer,
  PacketReader,
  replace,
} from './index.ts'

function unwanted(): void {
  assert.fail('a packet was handed out')
}

function nested(depth: number): Uint8Array {
  let packet = encodePrimitive(0x20, 'x', 'string')
  for (let level = 0; level < depth; level++) packet = encodeNode(0x10, [packet])
  return packet
}

test('nodes are searched down to the limit and refused below it', () => {
  const walks: ((bytes: Uint8Array) => unknown)[] = [
    (bytes) => decodePacket(bytes),
    (bytes) => find(bytes, 0x20),
    (bytes) => replace(bytes, encodePrimitive(0x20, 'y', 'string')),
    (bytes) => new Observer([0x20], () => {}).feed(bytes),
  ]
  for (const walk of walks) {
    assert.doesNotThrow(() => walk(nested(MAX_DEPTH)))
    assert.throws(() => walk(nested(MAX_DEPTH + 1)), { name: 'Y3Error', code: 'TOO_DEEP' })
    assert.throws(() => walk(nested(2000)), { name: 'Y3Error', code: 'TOO_DEEP' })
  }
})

test('a tree has no more packets than the limit', () => {
  const bytes = encodeNode(0x10, [nested(1), nested(1)])
  assert.equal(decodePacket(bytes, { packets: 5 }).packet.children.length, 2)
  assert.throws(() => decodePacket(bytes, { packets: 4 }), { name: 'Y3Error', code: 'TOO_MANY' })
  assert.throws(() => decodePacket(bytes, { depth: 1 }), { name: 'Y3Error', code: 'TOO_DEEP' })
})

test('a length that is announced costs nothing until its bytes come', () => {
  const before = process.memoryUsage().arrayBuffers
  const readers = Array.from({ length: 1000 }, () => new PacketReader(unwanted))
  for (const reader of readers) reader.feed(encodeHeader(0x81, MAX_PACKET_BYTES - 6))
  assert.ok(process.memoryUsage().arrayBuffers - before < 64 * 1024 * 1024)
})

test('a packet longer than the limit is refused when its length is known', () => {
  const reader = new PacketReader(unwanted, { maxBytes: 10 })
  assert.throws(() => reader.feed(encodeHeader(0x81, 9)), { name: 'Y3Error', code: 'TOO_LARGE' })
  const observer = new Observer([0x11], unwanted, { maxBytes: 10 })
  assert.throws(() => observer.feed(encodeHeader(0x11, 9)), { name: 'Y3Error', code: 'TOO_LARGE' })
})

test('an observer steps over packets of any length', () => {
  const observer = new Observer([0x11], unwanted, { maxBytes: 10 })
  observer.feed(encodeHeader(0x12, 100_000))
  for (let index = 0; index < 100; index++) observer.feed(new Uint8Array(1000))
  observer.end()
})

test('a replacement that multiplies past the limit is refused before it is made', () => {
  const bytes = encodeNode(
    1,
    Array.from({ length: 1000 }, () => encodePrimitive(0x11, '', 'string')),
  )
  const replacement = encodePrimitive(0x11, new Uint8Array(20_000), 'bytes')
  assert.throws(() => replace(bytes, replacement), { name: 'Y3Error', code: 'TOO_LARGE' })
})
