// BBR with what XQUIC added for live streams: the two bandwidths an application may state, and the gentle look at the least round trip.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ImpairmentOptions } from '@millrace/netsim'
import { Bbr, type BbrParameters } from '../src/core/congestion/bbr.ts'
import { DATAGRAM, Flows } from './support/flows.ts'

/** 20 Mbit/s, 50 ms, and a queue of half a bandwidth-delay product. */
const BYTES_PER_MILLI = 2500
const LINK: ImpairmentOptions = {
  delayMillis: 25,
  bitsPerSecond: BYTES_PER_MILLI * 8000,
  queueBytes: (BYTES_PER_MILLI * 50) / 2,
  queueDatagrams: Number.POSITIVE_INFINITY,
}

function flow(parameters: Partial<BbrParameters>): { bbr: Bbr; run: Flows; lossRate: () => number } {
  const bbr = new Bbr(DATAGRAM, parameters)
  const run = new Flows([{ controller: bbr }], { seed: 1, toServer: LINK, toClient: { delayMillis: 25 } })
  const { stats } = run.flows[0]!.pair.client.connection.recovery
  return { bbr, run, lossRate: () => stats.packetsLost / stats.packetsSent }
}

test('no more is sent than the maximum expected bandwidth', () => {
  const { run } = flow({ maximumExpectedBandwidth: 500 })
  const [goodput] = run.goodputs(1000, 8000)
  run.release()
  // Probing takes a quarter more for an eighth of the time, and as much less for another.
  assert.ok(goodput! > 400 && goodput! <= 500, `${goodput} bytes a millisecond`)
})

test('start-up ends where the application needs no more, and loses nothing to the queue', () => {
  const stock = flow({})
  const modest = flow({ expectedBandwidth: 750 })
  stock.run.run(1000)
  modest.run.run(1000)
  assert.ok(stock.lossRate() > 0, 'the queue is too short for a start-up without losses')
  assert.equal(modest.lossRate(), 0)
  assert.notEqual(modest.bbr.state, 'startup')
  stock.run.release()
  modest.run.release()
})

test('every 2.5 s it looks for the least round trip, with three quarters of the path in flight rather than four datagrams', () => {
  const { bbr, run } = flow({})
  let probes = 0
  let before = bbr.state
  let least = Number.POSITIVE_INFINITY
  for (let at = 1000; at < 11_000; at += 5) {
    run.run(at)
    if (bbr.state === 'probeRtt') {
      if (before !== 'probeRtt') probes++
      least = Math.min(least, bbr.window)
    }
    before = bbr.state
  }
  run.release()
  assert.ok(probes >= 3 && probes <= 4, `${probes} times in ten seconds`)
  const product = BYTES_PER_MILLI * 50
  assert.ok(least > 0.65 * product && least < 0.85 * product, `${least} bytes where the path holds ${product}`)
})
