import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BrokenAlternatives } from './broken.ts'
import { BROKEN_FIRST_MILLIS, BROKEN_MOST_MILLIS, MAX_BROKEN } from './limits.ts'

const place = { host: 'a.example', port: 443 }

/** How long it is avoided after each of so many failures in a row. */
function waits(broken: BrokenAlternatives, failures: number): number[] {
  let now = 0
  return Array.from({ length: failures }, () => {
    const failedAt = now
    broken.failed(place, now)
    while (broken.has(place, now)) now += 1000
    return now - failedAt
  })
}

describe('an address that did not answer', () => {
  test('is left alone for twice as long each time, up to an hour', () => {
    const found = waits(new BrokenAlternatives(), 10)
    assert.deepEqual(
      found,
      found.map((_, index) => Math.min(BROKEN_FIRST_MILLIS * 2 ** index, BROKEN_MOST_MILLIS)),
    )
    assert.equal(found.at(-1), BROKEN_MOST_MILLIS)
  })

  test('begins anew once it has worked, or on another network', () => {
    const broken = new BrokenAlternatives()
    waits(broken, 3)
    broken.worked(place)
    assert.deepEqual(waits(broken, 1), [BROKEN_FIRST_MILLIS])
    broken.networkChanged()
    assert.deepEqual(waits(broken, 1), [BROKEN_FIRST_MILLIS])
  })

  test('fails once by many attempts side by side', () => {
    const broken = new BrokenAlternatives()
    for (let index = 0; index < 10; index++) broken.failed(place, index)
    assert.ok(broken.has(place, BROKEN_FIRST_MILLIS - 1))
    assert.ok(!broken.has(place, BROKEN_FIRST_MILLIS))
  })

  test('is one of a bounded number', () => {
    const broken = new BrokenAlternatives()
    for (let port = 1; port <= MAX_BROKEN + 1; port++) broken.failed({ ...place, port }, 0)
    assert.ok(!broken.has({ ...place, port: 1 }, 0), 'the oldest made way')
    assert.ok(broken.has({ ...place, port: 2 }, 0))
  })
})
