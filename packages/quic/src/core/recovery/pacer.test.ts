import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pacer } from './pacer.ts'

const DATAGRAM = 1200
const BURST = 12_000

/** Sends whenever the pacer allows, from `from` until `until`, with timers as coarse as `tick`. Returns the bytes sent at each moment. */
function run(pacer: Pacer, from: number, until: number, tick = 0): Map<number, number> {
  const sent = new Map<number, number>()
  let now = from
  while (now < until) {
    while (pacer.nextSendAt(now) <= now && (sent.get(now) ?? 0) < 1e9) {
      pacer.packetSent(DATAGRAM, now)
      sent.set(now, (sent.get(now) ?? 0) + DATAGRAM)
    }
    const at = pacer.nextSendAt(now)
    now = tick === 0 ? at : Math.max(now + tick, Math.ceil(at / tick) * tick)
  }
  return sent
}

const total = (sent: Map<number, number>): number => [...sent.values()].reduce((a, b) => a + b, 0)

test('until the rate is known nothing waits: the window alone bounds the first flight', () => {
  const pacer = new Pacer(DATAGRAM, BURST)
  for (let i = 0; i < 100; i++) {
    assert.ok(pacer.nextSendAt(5) <= 5)
    pacer.packetSent(DATAGRAM, 5)
  }
})

test('after a pause the initial window leaves at once, and no more (RFC 9002 7.7)', () => {
  const pacer = new Pacer(DATAGRAM, BURST)
  pacer.paceAt(120, 0)
  assert.equal(run(pacer, 0, 1).get(0), BURST)
  assert.equal(run(pacer, 10_000, 10_001).get(10_000), BURST)
})

test('over time the rate is kept', () => {
  for (const rate of [12, 120, 1200, 50_000]) {
    const pacer = new Pacer(DATAGRAM, BURST)
    pacer.paceAt(rate, 0)
    const bytes = total(run(pacer, 0, 1000))
    assert.ok(bytes <= rate * 1000 + Math.max(BURST, 2 * rate + DATAGRAM), `${bytes} bytes at ${rate} a millisecond`)
    assert.ok(bytes >= rate * 1000 - 40 * DATAGRAM, `${bytes} bytes at ${rate} a millisecond`)
  }
})

test('timers of one millisecond lose no rate, even if each fires up to one late', () => {
  const pacer = new Pacer(DATAGRAM, BURST)
  pacer.paceAt(50_000, 0)
  const bytes = total(run(pacer, 0, 1000, 2))
  assert.ok(bytes >= 50_000 * 998, `${bytes} bytes`)
})

test('a slow path waits for one packet, a fast one for a train of at most forty', () => {
  const slow = new Pacer(DATAGRAM, BURST)
  slow.paceAt(12, 0)
  run(slow, 0, 0.5)
  assert.equal(slow.nextSendAt(0), 100)

  const brisk = new Pacer(DATAGRAM, BURST)
  brisk.paceAt(12_000, 0)
  for (let i = 0; i < 20; i++) brisk.packetSent(DATAGRAM, 0)
  // The bucket held 12,000 bytes at first, so it is as much in debt; a train of 12,000 takes a millisecond more.
  assert.equal(brisk.nextSendAt(0), 2)

  const fast = new Pacer(DATAGRAM, BURST)
  fast.paceAt(480_000, 0)
  for (let i = 0; i < 10; i++) fast.packetSent(DATAGRAM, 0)
  assert.equal(fast.nextSendAt(0), 0.1)
})

test('probes may put the bucket into debt, which later packets pay', () => {
  const pacer = new Pacer(DATAGRAM, BURST)
  pacer.paceAt(120, 0)
  for (let i = 0; i < 12; i++) pacer.packetSent(DATAGRAM, 0)
  assert.equal(pacer.nextSendAt(0), 30)
})

test('a new rate counts from now on, not for the time before', () => {
  const pacer = new Pacer(DATAGRAM, BURST)
  pacer.paceAt(12, 0)
  run(pacer, 0, 0.5)
  pacer.paceAt(1200, 50)
  assert.equal(pacer.nextSendAt(50), 50.5)
})

test('a larger datagram needs more tokens', () => {
  const pacer = new Pacer(DATAGRAM, BURST)
  pacer.paceAt(12, 0)
  run(pacer, 0, 0.5)
  pacer.datagramSizeChanged(1500)
  assert.equal(pacer.nextSendAt(0), 125)
})
