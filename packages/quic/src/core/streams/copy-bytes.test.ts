import assert from 'node:assert/strict'
import { it } from 'node:test'
import { copyBytes } from './copy-bytes.ts'

it('any number of bytes is copied from and to any place, and nothing beside them', () => {
  const source = Uint8Array.from({ length: 400 }, (_, index) => index % 251)
  for (const length of [0, 1, 2, 127, 128, 129, 300])
    for (const from of [0, 1, 99])
      for (const at of [0, 3]) {
        const target = Buffer.alloc(320, 0xff)
        copyBytes(source, target, at, from, from + length)
        const expected = Buffer.alloc(320, 0xff)
        expected.set(source.subarray(from, from + length), at)
        assert.deepEqual(target, expected, `${length} bytes from ${from} to ${at}`)
      }
})
