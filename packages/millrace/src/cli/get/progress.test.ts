import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { Progress, progressLine } from './progress.ts'

test('progress is a bar where the end is known, and numbers where it is not', () => {
  const bar = (filled: number): string => `[${'#'.repeat(filled)}${' '.repeat(30 - filled)}]`
  assert.equal(progressLine({ received: 0, total: 1000, elapsedMillis: 0 }), `${bar(0)}   0 %  0 B of 1.0 KB  0 B/s`)
  assert.equal(progressLine({ received: 500, total: 1000, elapsedMillis: 100 }), `${bar(15)}  50 %  500 B of 1.0 KB  5.0 KB/s`)
  assert.equal(
    progressLine({ received: 27_000_000, total: 27_000_000, elapsedMillis: 9000 }),
    `${bar(30)} 100 %  27.0 MB of 27.0 MB  3.0 MB/s`,
  )
  assert.equal(progressLine({ received: 2_000, total: 1000, elapsedMillis: 1000 }), `${bar(30)} 100 %  2.0 KB of 1.0 KB  2.0 KB/s`)
  assert.equal(progressLine({ received: 1_500_000_000, total: undefined, elapsedMillis: 1000 }), '1.5 GB  1.5 GB/s')
})

test('progress is drawn ten times a second at most, and once more at the end', () => {
  const drawn: string[] = []
  const out = new Writable({
    write(chunk: Buffer, _, done) {
      drawn.push(chunk.toString())
      done()
    },
  })
  const progress = new Progress(out, 300, 0)
  for (let now = 1; now <= 250; now++) progress.add(1, now)
  progress.end(300)
  assert.equal(drawn.length, 5)
  assert.ok(drawn.at(-2)!.includes('250 B of 300 B'))
  assert.equal(drawn.at(-1), '\n')
})
