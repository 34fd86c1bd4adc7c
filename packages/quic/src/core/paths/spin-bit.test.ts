import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SpinBit } from './spin-bit.ts'

test('client and server make the bit turn once a round trip (RFC 9000 section 17.4)', () => {
  const client = new SpinBit('client', true, 1)
  const server = new SpinBit('server', true, 1)
  const seen: boolean[] = []
  for (let number = 0; number < 6; number++) {
    server.received(number, client.value)
    client.received(number, server.value)
    seen.push(client.value)
  }
  assert.deepEqual(seen, [true, false, true, false, true, false])
})

test('an older packet that comes late does not turn it', () => {
  const server = new SpinBit('server', true, 1)
  server.received(5, true)
  server.received(4, false)
  assert.equal(server.value, true)
})

test('one path in 16 shows nothing, and so do all if it is switched off', () => {
  const turns = (enabled: boolean, chance: number): boolean => {
    const bit = new SpinBit('server', enabled, chance)
    const before = bit.value
    bit.received(0, !before)
    return bit.value !== before
  }
  const chances = Array.from({ length: 256 }, (_, chance) => chance)
  assert.equal(chances.filter((chance) => !turns(true, chance)).length, 16)
  assert.equal(chances.filter((chance) => turns(false, chance)).length, 0)
})
