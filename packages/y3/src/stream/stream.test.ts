import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeNode, encodePrimitive, marshal, mold, Observer, observe, PacketReader } from '../index.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const text = mold('')

function unwanted(): void {
  assert.fail('a packet was handed out')
}

/** A number that also is a tag: 0x11 stands in values as often as in keys. */
const decoy = encodePrimitive(0x10, new Uint8Array(8).fill(0x11), 'bytes')

test('an observer never takes a byte of a value for a key', () => {
  const seen: string[] = []
  new Observer([0x11], (packet) => seen.push(hex(packet))).feed(encodeNode(1, [decoy, encodePrimitive(0x11, 'x', 'string')]))
  assert.deepEqual(seen, ['110178'])
})

test('an observer hands out one match a root, of whichever key comes first', () => {
  const seen: [number, string][] = []
  const observer = new Observer(['0x11', 0x12], (packet, key) => seen.push([key, text.decode(packet)]))
  const both = (keys: readonly number[]) =>
    encodeNode(
      1,
      keys.map((key) => encodePrimitive(key, `of ${key}`, 'string')),
    )
  observer.feed(Buffer.concat([both([0x12, 0x11]), both([0x13]), both([0x13, 0x11, 0x11])]))
  assert.deepEqual(seen, [
    [0x12, 'of 18'],
    [0x11, 'of 17'],
  ])
})

test('an observer hands out an empty match, a match that is a node, and one without a root', () => {
  const seen: string[] = []
  const observer = new Observer([0x11], (packet) => seen.push(hex(packet)))
  const inner = encodeNode(0x11, [decoy])
  for (const packet of [marshal(0x11, '', text), encodeNode(1, [inner]), encodePrimitive(0x11, 'x', 'string')]) {
    for (const byte of packet) observer.feed(Uint8Array.of(byte))
  }
  observer.end()
  assert.deepEqual(seen, ['1100', hex(inner), '110178'])
})

test('a packet that runs past the end of its node ends the observation', () => {
  const observer = new Observer([0x11], unwanted)
  assert.throws(() => observer.feed(Uint8Array.of(0x81, 0x02, 0x10, 0x05)), { name: 'Y3Error', code: 'TRUNCATED' })
  assert.throws(() => observer.feed(marshal(0x11, 'x', text)), { name: 'Y3Error', code: 'BROKEN' })
})

test('a listener that throws ends its stream, since the rest of the chunk is lost', () => {
  for (const make of [(listen: () => void) => new Observer([0x11], listen), (listen: () => void) => new PacketReader(listen)]) {
    const stream = make(() => {
      throw new Error('enough')
    })
    assert.throws(() => stream.feed(marshal(0x11, 'x', text)), /enough/)
    assert.throws(() => stream.feed(marshal(0x11, 'x', text)), { name: 'Y3Error', code: 'BROKEN' })
  }
})

test('a length that never ends is refused at its sixth byte', () => {
  const endless = new Uint8Array(16).fill(0x80)
  for (const stream of [new Observer([0x11], unwanted), new PacketReader(unwanted)]) {
    assert.throws(() => stream.feed(endless), { name: 'Y3Error', code: 'VARINT_TOO_LONG', offset: 6 })
  }
})

test('a stream that ends within a packet says so wherever it ends', () => {
  const packet = marshal(0x11, 'millrace!', text)
  for (let length = 1; length < packet.length; length++) {
    for (const stream of [new Observer([0x11], () => {}), new Observer([0x12], () => {}), new PacketReader(unwanted)]) {
      stream.feed(packet.subarray(0, length))
      assert.throws(() => stream.end(), { name: 'Y3Error', code: 'TRUNCATED' })
    }
  }
})

test('a packet that is whole in its chunk is not copied', () => {
  const chunk = Buffer.concat([decoy, decoy])
  new PacketReader((packet) => assert.equal(packet.buffer, chunk.buffer)).feed(chunk)
})

test('observe yields the matches of a chunk before it asks for the next', async () => {
  const order: string[] = []
  async function* source() {
    for (const name of ['a', 'b']) {
      order.push(`chunk ${name}`)
      yield Buffer.concat([marshal(0x11, `${name}1`, text), marshal(0x11, `${name}2`, text)])
    }
  }
  for await (const { key, packet } of observe(source(), ['0x11'])) order.push(`${key} ${text.decode(packet)}`)
  assert.deepEqual(order, ['chunk a', '17 a1', '17 a2', 'chunk b', '17 b1', '17 b2'])
})
