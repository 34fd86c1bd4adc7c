// What each congestion controller makes of a path: real connections over netsim on virtual time. Every figure is of the application's own bytes.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ImpairmentOptions, Random } from '@millrace/netsim'
import { Bbr } from '../src/core/congestion/bbr.ts'
import { Bbr3 } from '../src/core/congestion/bbr3.ts'
import type { CongestionController } from '../src/core/congestion/controller.ts'
import { Copa } from '../src/core/congestion/copa.ts'
import { Cubic } from '../src/core/congestion/cubic.ts'
import { NewReno } from '../src/core/congestion/new-reno.ts'
import { DATAGRAM, type FlowOptions, Flows } from './support/flows.ts'

const SEED = 20_260_621

const CONTROLLERS: Readonly<Record<string, (random: () => number) => CongestionController>> = {
  CUBIC: () => new Cubic(DATAGRAM),
  NewReno: () => new NewReno(DATAGRAM),
  BBR: (random) => new Bbr(DATAGRAM, {}, random),
  BBRv3: (random) => new Bbr3(DATAGRAM, random),
  Copa: () => new Copa(DATAGRAM),
}

/** 20 Mbit/s, 50 ms there and back, and a queue of one bandwidth-delay product. */
const BYTES_PER_MILLI = 2500
const ROUND_TRIP = 50
const LINK: ImpairmentOptions = {
  delayMillis: ROUND_TRIP / 2,
  bitsPerSecond: BYTES_PER_MILLI * 8000,
  queueBytes: BYTES_PER_MILLI * ROUND_TRIP,
  queueDatagrams: Number.POSITIVE_INFINITY,
}

/** Shares of the link that flows had in a span of time. */
function shares(flows: readonly FlowOptions[], from: number, until: number, faults: ImpairmentOptions = {}): number[] {
  const run = new Flows(flows, { seed: SEED, toServer: { ...LINK, ...faults }, toClient: { delayMillis: ROUND_TRIP / 2 } })
  const goodputs = run.goodputs(from, until)
  run.release()
  return goodputs.map((goodput) => goodput / BYTES_PER_MILLI)
}

function percent(shares: readonly number[]): string {
  return `${shares.map((share) => `${(share * 100).toFixed(1)} %`).join(' and ')} (seed ${SEED})`
}

describe('alone on a path of 20 Mbit/s and 50 ms with a queue of one bandwidth-delay product', () => {
  for (const [name, make] of Object.entries(CONTROLLERS)) {
    test(`${name} uses 90 % of it, start-up included after the first second`, (t) => {
      const random = new Random(SEED)
      const used = shares([{ controller: make(() => random.fraction()) }], 1000, 11_000)
      t.diagnostic(`${name}: ${percent(used)}`)
      assert.ok(used[0]! >= 0.9, percent(used))
    })
  }
})

describe('two flows of one controller share the path within 60:40', () => {
  for (const [name, make] of Object.entries(CONTROLLERS)) {
    test(name, (t) => {
      const random = new Random(SEED)
      const flow = (startAt: number): FlowOptions => ({ controller: make(() => random.fraction()), startAt })
      // They begin at two moments, lest they be alike only because they do all in step; and without any jitter a full queue may drop of one flow alone, ever again.
      const used = shares([flow(0), flow(ROUND_TRIP)], 5000, 65_000, { jitterMillis: 1 })
      t.diagnostic(`${name}: ${percent(used)}`)
      const both = used[0]! + used[1]!
      assert.ok(both >= 0.9, `of the path, ${percent(used)} are used`)
      for (const share of used) assert.ok(share / both >= 0.4, percent(used))
    })
  }
})

test('at 5 % random loss BBR uses 80 % of the path, CUBIC does not', (t) => {
  const random = new Random(SEED)
  const [bbr] = shares([{ controller: new Bbr(DATAGRAM, {}, () => random.fraction()) }], 1000, 9000, { lossRate: 0.05 })
  const [cubic] = shares([{ controller: new Cubic(DATAGRAM) }], 1000, 9000, { lossRate: 0.05 })
  t.diagnostic(`BBR and CUBIC: ${percent([bbr!, cubic!])}`)
  assert.ok(bbr! >= 0.8, percent([bbr!]))
  assert.ok(cubic! < 0.8, percent([cubic!]))
})
