import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeArray, encodeHeader, encodeNode, encodePrimitive, find, replace } from './index.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const text = (key: number, value: string) => encodePrimitive(key, value, 'string')

test('every packet with the key gets the new value at any depth, and the order stays', () => {
  const of = (value: string) =>
    encodeNode(1, [encodeNode(0x20, [text(0x11, value), text(0x12, 'kept')]), text(0x11, value), text(0x13, 'kept')])
  assert.equal(hex(replace(of('old'), text(0x11, 'new value'))), hex(of('new value')))
})

test('lengths of the nodes around grow and shrink past the sizes of their own length', () => {
  const of = (length: number) =>
    encodeNode(1, [encodeNode(0x20, [encodePrimitive(0x11, new Uint8Array(length), 'bytes')]), text(0x12, 'kept')])
  for (const from of [0, 55, 60, 64, 8180, 8192]) {
    for (const to of [0, 50, 56, 61, 64, 8190, 9000]) {
      assert.equal(hex(replace(of(from), encodePrimitive(0x11, new Uint8Array(to), 'bytes'))), hex(of(to)))
    }
  }
})

test('a primitive can give way to a node and a node to a primitive', () => {
  const node = encodeNode(0x11, [text(0x11, 'inner')])
  assert.equal(hex(replace(encodeNode(1, [text(0x11, 'x')]), node)), hex(encodeNode(1, [node])))
  assert.equal(hex(replace(encodeNode(1, [node]), text(0x11, 'x'))), hex(encodeNode(1, [text(0x11, 'x')])))
})

test('a packet without the key comes back as it is, and what follows a packet is kept', () => {
  const packet = encodeNode(1, [text(0x12, 'kept')])
  assert.equal(replace(packet, text(0x11, 'x')), packet)
  const followed = Buffer.concat([encodeNode(1, [text(0x11, 'old')]), Uint8Array.of(0x11, 0xff)])
  assert.equal(hex(replace(followed, text(0x11, 'n'))), `${hex(encodeNode(1, [text(0x11, 'n')]))}11ff`)
})

test('primitives are found before nodes, and nodes before what is in them', () => {
  const deep = encodeNode(0x20, [text(0x11, 'deep')])
  assert.equal(hex(find(encodeNode(1, [deep, text(0x11, 'level')]), 0x11)!), hex(text(0x11, 'level')))
  const node = encodeNode(0x11, [text(0x12, 'x')])
  assert.equal(hex(find(encodeNode(1, [encodeArray(0x20, [node]), node]), '0x11')!), hex(node))
  assert.equal(find(encodeNode(1, [deep]), 0x12), null)
})

test('what stands after the match is not looked at, what stands before it is', () => {
  const damaged = Uint8Array.of(0x13, 0x20)
  assert.equal(hex(find(encodeNode(1, [text(0x11, 'x'), damaged]), 0x11)!), '110178')
  assert.throws(() => find(encodeNode(1, [damaged, text(0x11, 'x')]), 0x11), { name: 'Y3Error', code: 'TRUNCATED', offset: 4 })
})

test('a header can be sent ahead of its value, and is refused what it cannot say', () => {
  assert.equal(hex(encodeHeader(0x12, 64)), '128040')
  assert.throws(() => encodeHeader(0x100, 1), { code: 'BAD_KEY' })
  assert.throws(() => encodeHeader(0x12, -1), { code: 'BAD_VALUE' })
  assert.throws(() => encodeHeader(0x12, 2 ** 31), { code: 'TOO_LARGE' })
})
