import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readText } from './text.ts'

const reference = new TextDecoder('utf-8', { ignoreBOM: true })

test('whatever the bytes are, they read as the Encoding standard has it', () => {
  const ascii = fc.array(fc.integer({ min: 0, max: 0x7f }), { maxLength: 60 }).map((codes) => Uint8Array.from(codes))
  const text = fc.string({ unit: 'binary', maxLength: 30 }).map((value) => new TextEncoder().encode(value))
  fc.assert(
    fc.property(fc.oneof(ascii, text, fc.uint8Array({ maxLength: 60 })), fc.nat(5), (bytes, start) => {
      const offset = Math.min(start, bytes.length)
      assert.equal(readText(bytes, offset, bytes.length), reference.decode(bytes.subarray(offset)))
    }),
  )
})

test('a byte order mark is text like any other', () => {
  assert.equal(readText(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41), 0, 4), '\u{feff}A')
})
