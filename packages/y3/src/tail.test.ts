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
