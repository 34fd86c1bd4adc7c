import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BytesError } from './error.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

test('what a Writer wrote, a Reader reads', () => {
  const writer = new Writer(new Uint8Array(32), 1, 31)
  writer.u8(0xab)
  writer.u16(0xfedc)
  writer.u32(0xffff_fffe)
  writer.bytes(Uint8Array.of(1, 2, 3))
  writer.zeros(2)
  assert.equal(writer.offset, 13)
  assert.equal(writer.room, 18)
  const reader = new Reader(writer.target, 1, writer.offset)
  assert.equal(reader.u8(), 0xab)
  assert.equal(reader.u16(), 0xfedc)
  assert.equal(reader.u32(), 0xffff_fffe)
  assert.deepEqual([...reader.view(3)], [1, 2, 3])
  assert.deepEqual([...reader.copy(2)], [0, 0])
  assert.equal(reader.remaining, 0)
})

test('a view shares memory with its source, a copy does not and is never a Buffer', () => {
  const source = Buffer.from([1, 2, 3, 4])
  const reader = new Reader(source)
  const view = reader.view(2)
  const copy = reader.copy(2)
  source.fill(9)
  assert.deepEqual([...view], [9, 9])
  assert.deepEqual([...copy], [3, 4])
  assert.equal(Buffer.isBuffer(copy), false)
})

const READS: Record<string, (reader: Reader) => unknown> = {
  u8: (r) => r.u8(),
  u16: (r) => r.u16(),
  u32: (r) => r.u32(),
  'view of 3': (r) => r.view(3),
  'copy of 3': (r) => r.copy(3),
  'skip of 3': (r) => r.skip(3),
  'skip backwards': (r) => r.skip(-1),
}
const NEEDED: Record<string, number> = { u8: 1, u16: 2, u32: 4, 'view of 3': 3, 'copy of 3': 3, 'skip of 3': 3, 'skip backwards': 1 }

for (const [name, read] of Object.entries(READS)) {
  test(`${name} stops at the end, though the memory goes on, and leaves the cursor where it was`, () => {
    const reader = new Reader(new Uint8Array(16), 5, 5 + NEEDED[name]! - 1)
    assert.throws(
      () => read(reader),
      (error) => error instanceof BytesError && error.code === 'TRUNCATED',
    )
    assert.equal(reader.offset, 5)
  })
}

const WRITES: Record<string, (writer: Writer) => void> = {
  u8: (w) => w.u8(1),
  u16: (w) => w.u16(1),
  u32: (w) => w.u32(1),
  lowBytes: (w) => w.lowBytes(1, 3),
  varint2: (w) => w.varint2(1),
  bytes: (w) => w.bytes(new Uint8Array(3).fill(1)),
  zeros: (w) => w.zeros(3),
}
const ROOM: Record<string, number> = { u8: 1, u16: 2, u32: 4, lowBytes: 3, varint2: 2, bytes: 3, zeros: 3 }

for (const [name, write] of Object.entries(WRITES)) {
  test(`${name} stops where the room ends, and writes nothing`, () => {
    const bytes = new Uint8Array(16).fill(7)
    const writer = new Writer(bytes, 5, 5 + ROOM[name]! - 1)
    assert.throws(
      () => write(writer),
      (error) => error instanceof BytesError && error.code === 'NO_ROOM',
    )
    assert.equal(writer.offset, 5)
    assert.deepEqual(bytes, new Uint8Array(16).fill(7))
  })
}

test('bytes are copied alike, few or many', () => {
  for (const length of [0, 1, 23, 24, 25, 200]) {
    const source = Uint8Array.from({ length }, (_, i) => i + 1)
    const writer = new Writer(new Uint8Array(length + 2), 1)
    writer.bytes(source)
    assert.equal(writer.offset, length + 1)
    assert.deepEqual([...writer.target], [0, ...source, 0])
  }
})

test('the low bytes of a number are those that are wanted, however large it is', () => {
  const writer = new Writer(new Uint8Array(7))
  writer.lowBytes(0x11_2233_4455, 4)
  writer.lowBytes(0x1ff, 1)
  writer.lowBytes(0xabcd, 2)
  assert.equal(Buffer.from(writer.target).toString('hex'), '22334455ffabcd')
})

test('a cursor can be pointed at other bytes', () => {
  const reader = new Reader(Uint8Array.of(1)).reset(Uint8Array.of(2, 3, 4), 1, 2)
  assert.deepEqual([reader.remaining, reader.u8(), reader.remaining], [1, 3, 0])
  const writer = new Writer(new Uint8Array(1)).reset(new Uint8Array(4), 3)
  writer.u8(5)
  assert.deepEqual([...writer.target], [0, 0, 0, 5])
})
