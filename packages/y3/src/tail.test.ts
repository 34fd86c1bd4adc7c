import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hex } from '../test/hex.ts'
import { Tail } from './tail.ts'

test('what is written last stands first', () => {
  const tail = new Tail(1)
  tail.u8(3)
  tail.bytes(Uint8Array.of(1, 2))
  tail.text('é')
  assert.equal(tail.length, 5)
  assert.equal(hex(tail.finish()), 'c3a9010203')
})

test('text is the UTF-8 that the platform makes, lone surrogates included', () => {
  const encoder = new TextEncoder()
  fc.assert(
    fc.property(
      fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 100 }),
      (text) => {
        const tail = new Tail(1)
        tail.text(text)
        assert.equal(hex(tail.finish()), hex(encoder.encode(text)))
      },
    ),
  )
  for (const text of ['\ud800', '\udc00', '\udc00\ud800', '\ud83d\ude00', '\ud83d\ud83d\ude00', 'a\udfff']) {
    const tail = new Tail()
    tail.text(text)
    assert.equal(hex(tail.finish()), hex(encoder.encode(text)))
  }
})

test('zeros are trimmed up to the first byte and no further', () => {
  const tail = new Tail()
  tail.u8(0)
  tail.bytes(Uint8Array.of(0, 0, 0, 0))
  tail.trimZeros(4)
  tail.bytes(Uint8Array.of(0, 7, 0, 0))
  tail.trimZeros(4)
  assert.equal(hex(tail.finish()), '00070000')
})

test('values that are cut off keep their bytes whatever is written after them', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 4000 }), { maxLength: 20 }), (values) => {
      const tail = new Tail()
      const seen = values.map((value) => {
        tail.bytes(Uint8Array.of(1, 2, 3))
        tail.reset()
        tail.bytes(value)
        return tail.cut()
      })
      assert.deepEqual(seen.map(hex), values.map(hex))
    }),
  )
})

test('what is kept of a value is itself when it is long, and a few kilobytes when it is short', () => {
  const tail = new Tail()
  for (let length = 1; length < 100_000; length *= 3) {
    tail.bytes(new Uint8Array(length))
    const { buffer, byteLength } = tail.cut()
    assert.ok(buffer.byteLength <= Math.max(byteLength, 8192), `${byteLength} bytes hold ${buffer.byteLength}`)
  }
})
