import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameHeaderReader, frame, MAX_FRAME_HEADER, writeFrameHeader } from './frame-header.ts'
import { DATA, FRAME_TYPES, frameType, PRIORITY_UPDATE } from './frame-types.ts'

const HEADERS_TO_READ: readonly (readonly [type: number, length: number])[] = [
  [DATA, 0],
  [DATA, 63],
  [0x21, 64],
  [PRIORITY_UPDATE, 16_384],
  [2 ** 40, 2 ** 31],
]

for (const [type, length] of HEADERS_TO_READ) {
  test(`the header of type ${type} and length ${length} is read wherever it is cut`, () => {
    const bytes = new Uint8Array(MAX_FRAME_HEADER + 1)
    const size = writeFrameHeader(bytes, type, length)
    for (let cut = 0; cut <= size; cut++) {
      const reader = new FrameHeaderReader()
      const at = cut < size ? reader.read(bytes.subarray(0, cut), 0) : -1
      assert.equal(at, -1)
      assert.equal(reader.isPartial, cut > 0 && cut < size)
      const behind = reader.read(cut < size ? bytes.subarray(cut) : bytes, 0)
      assert.equal(behind, cut < size ? size - cut : size)
      assert.deepEqual([reader.type, reader.length, reader.isPartial], [type, length, false])
    }
  })
}

test('a header is read byte by byte, and the next one begins anew', () => {
  const reader = new FrameHeaderReader()
  const bytes = frame(PRIORITY_UPDATE, new Uint8Array(300))
  for (let turn = 0; turn < 2; turn++) {
    for (let at = 0; at < 5; at++) assert.equal(reader.read(bytes.subarray(at, at + 1), 0), -1)
    assert.equal(reader.read(bytes.subarray(5, 6), 0), 1)
    assert.deepEqual([reader.type, reader.length], [PRIORITY_UPDATE, 300])
  }
})

test('types and lengths beyond 2^53 saturate, so that nothing is taken for a type that has a meaning', () => {
  const reader = new FrameHeaderReader()
  reader.read(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xe0, 0x20, 0, 0, 0, 0, 0, 0), 0)
  assert.deepEqual([reader.type, reader.length], [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER])
  assert.equal(frameType(reader.type), undefined)
})

test('each type stands once in the table', () => {
  assert.equal(new Set(FRAME_TYPES.map(({ type }) => type)).size, FRAME_TYPES.length)
  for (const row of FRAME_TYPES) assert.equal(frameType(row.type), row)
})
