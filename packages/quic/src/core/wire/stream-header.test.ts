import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader, Writer } from '@millrace/bytes'
import { decodeStreamHeader, isStreamType, StreamHeader, streamHeaderSize, writeStreamHeader } from './stream-header.ts'

const DATA = Uint8Array.of(0xd0, 0xd1, 0xd2)

interface Case {
  readonly what: string
  readonly header: readonly [stream: number, offset: number, length: number, fin: boolean]
  readonly hex: string
}

const CASES: readonly Case[] = [
  { what: 'no offset, no length, no end', header: [1, 0, -1, false], hex: '0801' },
  { what: 'the end', header: [1, 0, -1, true], hex: '0901' },
  { what: 'a length', header: [1, 0, 3, false], hex: '0a0103' },
  { what: 'a length and the end', header: [1, 0, 3, true], hex: '0b0103' },
  { what: 'an offset', header: [1, 64, -1, false], hex: '0c014040' },
  { what: 'an offset and the end', header: [1, 64, -1, true], hex: '0d014040' },
  { what: 'an offset and a length', header: [1, 64, 3, false], hex: '0e01404003' },
  { what: 'all of it', header: [1, 64, 3, true], hex: '0f01404003' },
]

for (const { what, header, hex } of CASES) {
  test(`a STREAM frame with ${what} is ${hex} and its data`, () => {
    const [stream, offset, length, fin] = header
    const writer = new Writer(new Uint8Array(16))
    writeStreamHeader(writer, stream, offset, length, fin)
    assert.equal(writer.offset, streamHeaderSize(stream, offset, length))
    assert.equal(Buffer.from(writer.target).subarray(0, writer.offset).toString('hex'), hex)
    const start = writer.offset
    writer.bytes(DATA)

    const into = new StreamHeader()
    const reader = new Reader(writer.target, 0, writer.offset)
    const type = reader.varint()
    assert.equal(isStreamType(type), true)
    decodeStreamHeader(reader, type, into)
    assert.deepEqual({ ...into }, { stream, offset, length: DATA.length, fin })
    assert.equal(reader.offset, start, 'the reader stands at the data')
  })
}

test('a length leaves what follows the data alone, and data without one takes the rest of the packet', () => {
  const into = new StreamHeader()
  const packet = Uint8Array.of(0x0a, 0, 2, 1, 2, 3, 4)
  decodeStreamHeader(new Reader(packet, 1), 0x0a, into)
  assert.equal(into.length, 2)
  decodeStreamHeader(new Reader(packet, 1), 0x08, into)
  assert.equal(into.length, 5)
})

test('a length of one byte more than the packet has is a FRAME_ENCODING_ERROR', () => {
  const packet = Uint8Array.of(0x0a, 0, 4, 1, 2, 3, 4)
  decodeStreamHeader(new Reader(packet, 1, 7), 0x0a, new StreamHeader())
  assert.throws(() => decodeStreamHeader(new Reader(packet, 1, 6), 0x0a, new StreamHeader()), { message: /FRAME_ENCODING_ERROR/ })
})

test('data that ends at 2^53 - 1 is accepted, a byte more is not', () => {
  const into = new StreamHeader()
  const bytes = new Uint8Array(16)
  const writer = new Writer(bytes)
  writeStreamHeader(writer, 0, Number.MAX_SAFE_INTEGER - 2, -1, false)
  decodeStreamHeader(new Reader(bytes, 1, writer.offset + 2), 0x0c, into)
  assert.equal(into.offset + into.length, Number.MAX_SAFE_INTEGER)
  assert.throws(() => decodeStreamHeader(new Reader(bytes, 1, writer.offset + 3), 0x0c, into), { message: /FLOW_CONTROL_ERROR/ })
})

test('only 0x08 to 0x0f are STREAM', () => {
  const types = Array.from({ length: 64 }, (_, type) => type).filter(isStreamType)
  assert.deepEqual(types, [8, 9, 10, 11, 12, 13, 14, 15])
  assert.equal(isStreamType(0x108), false)
})
