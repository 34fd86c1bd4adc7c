// How many round trips the first 100 KB take: what the initial window decides. RFC 6928, and the model T = IW x (2^N - 1) x MSS of the XQUIC article.
// The arithmetic stands on a knife's edge: with segments of 1460 bytes ten of them bring 102,200 bytes in three round trips, so 100,000 bytes fit and
// 102,400 do not. Datagrams of 1200 bytes carry less, and need the fourth in either case.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cubic } from '../src/core/congestion/cubic.ts'
import { DATAGRAM, Flows } from './support/flows.ts'

/** Bytes after so many round trips of slow start. */
function model(initialWindow: number, rounds: number, segment: number): number {
  return initialWindow * (2 ** rounds - 1) * segment
}

function roundsFor(bytes: number, initialWindow: number, segment: number): number {
  let rounds = 1
  while (model(initialWindow, rounds, segment) < bytes) rounds++
  return rounds
}

test('the model: 100 KB take three or four round trips from a window of 10, and two from 32', () => {
  assert.equal(roundsFor(100_000, 10, 1460), 3)
  assert.equal(roundsFor(102_400, 10, 1460), 4)
  assert.equal(roundsFor(100_000, 10, DATAGRAM), 4)
  assert.equal(roundsFor(102_400, 10, DATAGRAM), 4)
  for (const bytes of [100_000, 102_400]) {
    assert.equal(roundsFor(bytes, 32, 1460), 2)
    assert.equal(roundsFor(bytes, 32, DATAGRAM), 2)
  }
})

const ROUND_TRIP = 200

/** Milliseconds from the first byte that a client may send to the last of so many that arrives. */
function firstFrame(initialWindow: number, bytes: number): number {
  const run = new Flows([{ controller: new Cubic(DATAGRAM, initialWindow), bytes }], {
    seed: 1,
    toServer: { delayMillis: ROUND_TRIP / 2 },
    toClient: { delayMillis: ROUND_TRIP / 2 },
  })
  const [flow] = run.flows
  run.runUntil(() => flow!.done, 60_000)
  const took = run.now - ROUND_TRIP
  run.release()
  return took
}

for (const { initialWindow, rounds } of [
  { initialWindow: 10, rounds: 4 },
  { initialWindow: 32, rounds: 2 },
]) {
  test(`a connection that begins with ${initialWindow} datagrams delivers 100 KB in the ${rounds} round trips of the model`, (t) => {
    const took = firstFrame(initialWindow, 100_000)
    t.diagnostic(`${took.toFixed(0)} ms at a round trip of ${ROUND_TRIP} ms`)
    // The last round's data arrives half a round trip after it left; pacing spreads each round, but not over a whole one.
    assert.ok(took > (rounds - 1) * ROUND_TRIP && took <= rounds * ROUND_TRIP, `it took ${took} ms`)
  })
}
