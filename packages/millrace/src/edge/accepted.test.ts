import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REMEMBERED_SOURCES } from '../limits.ts'
import { Accepted } from './accepted.ts'

const instance = (number: number): Uint8Array => {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32BE(number)
  return bytes
}

test('the sources heard from last are remembered, the others are forgotten', () => {
  const accepted = new Accepted()
  accepted.of(instance(0))[3] = 7
  accepted.of(instance(1))[3] = 8
  for (let number = 2; number < REMEMBERED_SOURCES; number++) accepted.of(instance(number))
  assert.equal(accepted.of(instance(0))[3], 7)
  accepted.of(instance(REMEMBERED_SOURCES))
  assert.equal(accepted.of(instance(0))[3], 7)
  assert.equal(accepted.of(instance(1))[3], 0)
})
