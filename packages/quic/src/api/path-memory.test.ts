// What is kept of paths, and for how long. RFC 9959.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PathMemory } from './path-memory.ts'

const SAVED = { window: 500_000, rttMillis: 40 }

test('a path is known by its address until its time is over, or it is forgotten', () => {
  const memory = new PathMemory({ lifetime: 1000 })
  memory.keep('192.0.2.1', SAVED, 0)
  const found = memory.find('192.0.2.1', 999)!
  assert.deepEqual([found.window, found.rttMillis], [500_000, 40])
  assert.equal(memory.find('192.0.2.2', 0), null)
  assert.equal(memory.find('192.0.2.1', 1000), null)
  memory.keep('192.0.2.1', SAVED, 2000)
  memory.forget('192.0.2.1')
  assert.equal(memory.find('192.0.2.1', 2000), null)
})

test('what one session uses, no other may use until it has learnt something new (RFC 9959 section 4.2)', () => {
  const memory = new PathMemory()
  memory.keep('192.0.2.1', SAVED, 0)
  const [first, second] = [memory.find('192.0.2.1', 1)!, memory.find('192.0.2.1', 1)!]
  assert.equal(first.claim?.(), true)
  assert.equal(second.claim?.(), false)
  assert.equal(memory.find('192.0.2.1', 1), null)
  memory.keep('192.0.2.1', SAVED, 2)
  assert.equal(memory.find('192.0.2.1', 3)?.claim?.(), true)
})

test('the path used least lately gives way', () => {
  const memory = new PathMemory({ maxPaths: 2 })
  for (const address of ['a', 'b', 'a', 'c']) memory.keep(address, SAVED, 0)
  assert.deepEqual(
    ['a', 'b', 'c'].map((address) => memory.find(address, 1) !== null),
    [true, false, true],
  )
})

test('options out of range are refused by name', () => {
  assert.throws(() => new PathMemory({ maxPaths: 0 }), {
    code: 'ERR_QUIC_OPTION',
    message: /maxPaths is 0; it must be a whole number from 1 to 65536/,
  })
  assert.throws(() => new PathMemory({ lifetime: 1 }), { code: 'ERR_QUIC_OPTION', message: /lifetime is 1/ })
})
