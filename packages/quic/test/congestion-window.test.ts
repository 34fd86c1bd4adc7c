// What may be in flight: as much as the congestion window admits, and what no window holds back. RFC 9002 sections 7 and 7.5.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NewReno } from '../src/core/congestion/new-reno.ts'
import { MIN_INITIAL_DATAGRAM } from '../src/core/limits.ts'
import type { SentPacket } from '../src/core/recovery/sent-packet.ts'
import { connected, say, upload } from './support/connected.ts'
import { seeded } from './support/pair.ts'

/** Counts the congestion events that it hears of. */
class Counting extends NewReno {
  losses = 0

  override packetsLost(...args: Parameters<NewReno['packetsLost']>): void {
    this.losses++
    super.packetsLost(...args)
  }
}

test('no more is in flight than the window allows, but for probes and the first packet after a loss', () => {
  let probes = 0
  for (let seed = 1; seed <= 10; seed++) {
    const random = seeded(seed)
    let blackout = false
    const controller = new Counting(MIN_INITIAL_DATAGRAM)
    const pair = connected({
      controller: (side) => (side === 'client' ? controller : new NewReno(MIN_INITIAL_DATAGRAM)),
      drop: (from) => from === 'client' && (blackout || random() < 0.05),
    })
    const { recovery } = pair.client.connection
    const commit = recovery.commit.bind(recovery)
    let excess = 0
    recovery.commit = (space, packet: SentPacket, size, now) => {
      const { inFlight } = packet
      commit(space, packet, size, now)
      if (inFlight && recovery.bytesInFlight > controller.window) excess++
    }
    pair.after(200, () => {
      blackout = true
    })
    pair.after(1500, () => {
      blackout = false
    })
    assert.ok(upload(pair, 400_000), `seed ${seed}`)
    const { probeTimeouts } = recovery.stats
    assert.ok(excess <= 2 * probeTimeouts + controller.losses, `seed ${seed}: ${excess} packets beyond the window`)
    probes += probeTimeouts
    pair.release()
  }
  assert.ok(probes > 10, 'probes were sent')
})

test('a probe counts as in flight, and is sent though the window is full', () => {
  let blackout = false
  const pair = connected({ drop: () => blackout })
  blackout = true
  say(pair.client, Buffer.alloc(200_000), 'uni')
  const { recovery } = pair.client.connection
  const isFull = (): boolean => recovery.congestionRoom() < MIN_INITIAL_DATAGRAM
  pair.run(isFull, 5000)
  assert.ok(isFull())
  const before = recovery.bytesInFlight
  assert.ok(pair.run(() => recovery.stats.probeTimeouts > 0 && recovery.probesWanted('application') === 0, 5000))
  assert.ok(recovery.bytesInFlight > before, `${recovery.bytesInFlight} bytes after ${before}`)
  assert.ok(recovery.bytesInFlight > recovery.controller.window)
  pair.release()
})
