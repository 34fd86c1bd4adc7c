import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TokenBucket } from './token-bucket.ts'

function taken(bucket: TokenBucket, now: number, tries = 1000): number {
  let count = 0
  for (let i = 0; i < tries; i++) if (bucket.take(now)) count++
  return count
}

test('a burst at once, then so many a second, and never more than a burst saved up', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 })
  assert.equal(taken(bucket, 1000), 5)
  assert.equal(taken(bucket, 1099), 0)
  assert.equal(taken(bucket, 1100), 1)
  assert.equal(taken(bucket, 1300), 2)
  assert.equal(taken(bucket, 1_000_000), 5)
})

test('over a long time the rate holds, however often one asks', () => {
  const bucket = new TokenBucket({ perSecond: 100, burst: 10 })
  let count = 0
  for (let now = 0; now < 10_000; now++) count += taken(bucket, now, 3)
  assert.ok(count >= 999 && count <= 1010, `${count}`)
})

test('a rate of zero is never', () => {
  assert.equal(taken(new TokenBucket({ perSecond: 0, burst: 5 }), 1000), 0)
})
