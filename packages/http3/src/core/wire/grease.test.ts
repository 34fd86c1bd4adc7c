import assert from 'node:assert/strict'
import { test } from 'node:test'
import { frameType } from './frame-types.ts'
import { isReserved, reservedValue } from './grease.ts'
import { HTTP2_SETTINGS } from './settings.ts'
import { streamType } from './stream-types.ts'

test('reserved values have the form 0x1f * N + 0x21, whatever is drawn', () => {
  for (const random of [0, 1e-9, 0.3, 0.5, 1 - Number.EPSILON]) {
    const value = reservedValue(random)
    assert.ok(isReserved(value), `${value}`)
    assert.ok(value < 2 ** 30)
    assert.deepEqual([frameType(value), streamType(value), HTTP2_SETTINGS.has(value)], [undefined, undefined, false])
  }
  assert.deepEqual([0, 0x20, 0x21, 0x22, 0x40].map(isReserved), [false, false, true, false, true])
})
