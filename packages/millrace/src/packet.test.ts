import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeNode, encodePrimitive, marshal, mold } from '@millrace/y3'
import { isMixed } from './packet.ts'

test('a packet is mixed unless it is one primitive under the key of its tag', () => {
  const text = encodePrimitive(0x11, 'text', 'string')
  const cases: readonly (readonly [Uint8Array, boolean])[] = [
    [marshal(0x11, 'text', mold('')), false],
    [marshal(0x11, 'x'.repeat(200), mold('')), false],
    [marshal(0x11, 'x'.repeat(100_000), mold('')), false],
    [marshal(0x11, '', mold('')), false],
    [marshal(0x12, 'text', mold('')), true],
    [marshal(0x11, ['text'], mold([''])), true],
    [encodeNode(0x01, [text, text]), true],
    [encodeNode(0x01, [encodePrimitive(0x10, 'x', 'string'), text]), true],
    [encodeNode(0x01, []), true],
    [text, true],
    [new Uint8Array(0), true],
  ]
  for (const [packet, expected] of cases) assert.equal(isMixed(packet, 0x11), expected, Buffer.from(packet.subarray(0, 16)).toString('hex'))
})
