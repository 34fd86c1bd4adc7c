import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endsWithToken, MAX_STATELESS_RESET, MIN_STATELESS_RESET, statelessResetSize, writeStatelessReset } from './stateless-reset.ts'

const TOKEN = Uint8Array.from({ length: 16 }, (_, i) => i * 7)

test('a reset is smaller than what it answers, and there is none where it could not be (RFC 9000 section 10.3.3)', () => {
  for (let trigger = 0; trigger <= MIN_STATELESS_RESET; trigger++) assert.equal(statelessResetSize(trigger), 0)
  for (let trigger = MIN_STATELESS_RESET + 1; trigger < 1500; trigger++) {
    const size = statelessResetSize(trigger)
    assert.ok(size < trigger && size >= MIN_STATELESS_RESET && size <= MAX_STATELESS_RESET, `${size} for ${trigger}`)
  }
})

test('it looks like a short header and ends with the token (RFC 9000 section 10.3)', () => {
  for (const fill of [0x00, 0xff, 0x5a]) {
    const bytes = new Uint8Array(30).fill(fill)
    writeStatelessReset(bytes, TOKEN)
    assert.equal(bytes[0]! >> 6, 1)
    assert.ok(endsWithToken(bytes, 30, TOKEN))
  }
})

test('a token with any other bit is another token', () => {
  for (let bit = 0; bit < 128; bit++) {
    const bytes = new Uint8Array(40)
    writeStatelessReset(bytes, TOKEN)
    bytes[24 + (bit >> 3)]! ^= 1 << (bit & 7)
    assert.equal(endsWithToken(bytes, 40, TOKEN), false)
  }
})
