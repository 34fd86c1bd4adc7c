import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readText, rememberingText } from './text.ts'

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

test('a field that remembers its last text reads what one without memory does', () => {
  const letter = fc.constantFrom(0x41, 0x42, 0x7f, 0xc3, 0xa9, 0xe9, 0xff)
  const texts = fc.array(letter, { maxLength: 3 }).map((codes) => Uint8Array.from(codes))
  fc.assert(
    fc.property(fc.array(texts, { maxLength: 30 }), (values) => {
      const read = rememberingText()
      for (const bytes of values) assert.equal(read(bytes, 0, bytes.length), reference.decode(bytes))
    }),
    { numRuns: 1000 },
  )
})

test('a text that comes again reads the same, and another one does not', () => {
  const read = rememberingText()
  const bytes = new TextEncoder().encode('press-17')
  for (let turn = 0; turn < 3; turn++) assert.equal(read(bytes, 0, bytes.length), 'press-17')
  assert.equal(read(bytes, 0, 5), 'press')
  assert.equal(read(Uint8Array.of(...bytes.subarray(0, 7), 0x38), 0, 8), 'press-18')
})
