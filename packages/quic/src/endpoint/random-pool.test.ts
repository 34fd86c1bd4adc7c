import assert from 'node:assert/strict'
import { it } from 'node:test'
import { RandomPool } from './random-pool.ts'

it('a pool of random bytes gives as many as are asked for, and none twice', () => {
  const pool = new RandomPool()
  const seen = new Set<string>()
  for (let i = 0; i < 5000; i++) {
    const bytes = pool.take(8 + (i % 24))
    assert.equal(bytes.length, 8 + (i % 24))
    seen.add(Buffer.from(bytes.subarray(0, 8)).toString('hex'))
  }
  assert.equal(seen.size, 5000)
  assert.equal(pool.take(0).length, 0)
  assert.equal(pool.take(100_000).length, 100_000)
})

it('what was taken is the taker’s: it stays, and shares no memory with what others took', () => {
  const pool = new RandomPool()
  const first = pool.take(16)
  const kept = Uint8Array.from(first)
  const others = Array.from({ length: 1000 }, () => pool.take(16))
  assert.deepEqual(first, kept)
  assert.ok(others.every(({ buffer }) => buffer !== first.buffer))
  assert.equal(first.buffer.byteLength, 16)
})
