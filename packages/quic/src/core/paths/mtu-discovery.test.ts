// Black holes, as acknowledgements and losses show them. For what a connection makes of it see test/mtu-discovery.test.ts. RFC 8899 section 4.3.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BLACK_HOLE_MILLIS, MtuDiscovery } from './mtu-discovery.ts'

const LARGE = 1452

/** A search that has found the largest size. */
function found(): MtuDiscovery {
  const mtu = new MtuDiscovery(LARGE)
  mtu.permit()
  mtu.need()
  assert.equal(mtu.wanted(0), LARGE)
  mtu.sent(1)
  assert.equal(mtu.delivered(1, LARGE, 1), true)
  assert.equal(mtu.size, LARGE)
  return mtu
}

test('three rounds in which large datagrams are lost and none arrives, though small ones do, are a black hole', () => {
  const mtu = found()
  for (const [number, now] of [
    [2, 10],
    [3, 20],
  ] as const) {
    assert.equal(mtu.lost(number, LARGE, now), false)
    assert.equal(mtu.delivered(number + 100, 1200, now), false)
  }
  assert.equal(mtu.lost(4, LARGE, 30), true)
  assert.equal(mtu.size, 1200)
  assert.equal(mtu.wanted(30 + BLACK_HOLE_MILLIS - 1), 0)
  assert.equal(mtu.wanted(30 + BLACK_HOLE_MILLIS), LARGE)
})

test('losses of one moment are one round, and those of small datagrams none', () => {
  const mtu = found()
  for (const number of [2, 3, 4, 5]) assert.equal(mtu.lost(number, LARGE, 10), false)
  for (const now of [20, 30, 40]) assert.equal(mtu.lost(6, 1200, now), false)
  assert.equal(mtu.size, LARGE)
})

test('a large datagram that arrives says that the path carries it', () => {
  const mtu = found()
  for (let now = 10; now < 100; now += 10) {
    assert.equal(mtu.lost(now, LARGE, now), false)
    if (now % 20 === 0) mtu.delivered(now + 1, LARGE, now)
  }
  assert.equal(mtu.size, LARGE)
})
