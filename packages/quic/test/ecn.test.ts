// ECN between two connections: marks tested, counted, believed, and given up. RFC 9000 section 13.4, RFC 9002 section 7.1. Virtual time.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ImpairmentOptions, Random } from '@millrace/netsim'
import { Bbr } from '../src/core/congestion/bbr.ts'
import { Bbr3 } from '../src/core/congestion/bbr3.ts'
import type { CongestionController } from '../src/core/congestion/controller.ts'
import { Copa } from '../src/core/congestion/copa.ts'
import { Cubic } from '../src/core/congestion/cubic.ts'
import { NewReno } from '../src/core/congestion/new-reno.ts'
import { shakenHands, upload } from './support/connected.ts'
import { DATAGRAM, Flows } from './support/flows.ts'
import { type Delivery, Pair, type PairOptions, Socket, type Way } from './support/pair.ts'

const [NOT_ECT, ECT_1, ECT_0, CE] = [0, 1, 2, 3]

/** A path that does something to the ECN field of each datagram. */
function path(change: (ecn: number, way: Way) => number | null): PairOptions {
  return {
    carry: (_side, datagram, _index, way): readonly Delivery[] => {
      const ecn = change(way.ecn, way)
      return ecn === null ? [] : [{ datagram, ecn }]
    },
  }
}

function states({ client, server }: Pair): string[] {
  return [client, server].map(({ connection }) => connection.recovery.ecn.state)
}

test('both ends mark with ECT(0), count what arrives, and find the path good (section 13.4.2)', () => {
  const seen = new Set<number>()
  const pair = shakenHands(
    path((ecn) => {
      seen.add(ecn)
      return ecn
    }),
  )
  assert.ok(upload(pair, 100_000))
  assert.deepEqual(states(pair), ['capable', 'capable'])
  assert.deepEqual([...seen], [ECT_0])
  const { spaces } = pair.server.connection
  for (const { received } of Object.values(spaces)) assert.ok(received.ect0 > 0 && received.ect1 + received.ce === 0)
  const { ect0Sent, ect0Reported } = pair.client.connection.recovery.ecnTotals()
  assert.ok(ect0Reported > 50 && ect0Reported <= ect0Sent)
  pair.release()
})

const FAULTS: readonly (readonly [string, (ecn: number) => number | null])[] = [
  ['clears the field', () => NOT_ECT],
  ['makes ECT(1) of ECT(0)', (ecn) => (ecn === ECT_0 ? ECT_1 : ecn)],
  ['marks all as congested', (ecn) => (ecn === ECT_0 ? CE : ecn)],
  ['drops what is marked', (ecn) => (ecn === NOT_ECT ? ecn : null)],
]

describe('a path that', () => {
  for (const [name, change] of FAULTS) {
    test(`${name}: marking ends, nobody slows down for it, and data goes on (section 13.4.2)`, () => {
      let marked = 0
      const pair = new Pair(
        path((ecn) => {
          if (ecn !== NOT_ECT) marked++
          return change(ecn)
        }),
      )
      assert.ok(pair.run(() => pair.client.has('handshakeConfirmed'), 20_000))
      assert.ok(upload(pair, 100_000))
      const [client, server] = states(pair)
      assert.equal(client, 'failed')
      // The server has little to say: of the last packets that it marked it may never hear.
      assert.match(server!, /^(failed|unknown)$/)
      assert.ok(marked <= 40, `${marked} datagrams were marked`)
      const before = marked
      const { controller, stats } = pair.client.connection.recovery
      assert.ok(controller.slowStartThreshold === Number.POSITIVE_INFINITY || stats.packetsLost > 0)
      assert.ok(upload(pair, 100_000))
      assert.equal(marked, before)
      pair.release()
    })
  }

  test('begins to clear the field is noticed, however long it did well', () => {
    let clears = false
    const pair = shakenHands(path((ecn) => (clears ? NOT_ECT : ecn)))
    assert.ok(upload(pair, 100_000))
    clears = true
    assert.ok(upload(pair, 100_000))
    assert.equal(states(pair)[0], 'failed')
    pair.release()
  })
})

test('after a migration the new path is tested on its own (section 9.4)', () => {
  const clears = (way: Way): boolean => [way.from, way.to].some(({ address }) => address === '192.0.2.1')
  const pair = shakenHands(path((ecn, way) => (clears(way) ? NOT_ECT : ecn)))
  pair.pass(100)
  assert.ok(upload(pair, 50_000))
  assert.deepEqual(states(pair), ['failed', 'failed'])
  const wifi = new Socket('203.0.113.9', 2000)
  pair.client.sockets.push(wifi)
  assert.ok(pair.client.connection.migrate(wifi, pair.client.connection.path.remote, pair.now))
  assert.ok(upload(pair, 50_000))
  assert.deepEqual(states(pair), ['capable', 'capable'])
  pair.release()
})

test('who does not want it marks nothing, and reports what it sees all the same (section 13.4.1)', () => {
  const fields = { client: new Set<number>(), server: new Set<number>() }
  const pair = shakenHands({
    connection: (side) => ({ recovery: { ecn: side === 'server' } }),
    carry: (side, datagram, _index, way) => {
      fields[side].add(way.ecn)
      return [{ datagram }]
    },
  })
  assert.ok(upload(pair, 50_000))
  assert.deepEqual(states(pair), ['off', 'capable'])
  assert.deepEqual([...fields.client], [NOT_ECT])
  assert.ok(fields.server.has(ECT_0))
  pair.release()
})

test('a packet that waits for its keys, or comes twice, is counted once, by its own field (sections 13.4.1 and 21.8)', () => {
  const pair = shakenHands({ carry: (_side, datagram, _index, way) => [{ datagram }, { datagram, ecn: CE, lateMillis: way.ecn }] })
  assert.ok(upload(pair, 50_000))
  assert.deepEqual(states(pair), ['capable', 'capable'])
  for (const { received } of Object.values(pair.server.connection.spaces)) assert.equal(received.ce, 0)
  pair.release()
})

test('marks slow the sender once a round trip, and nothing is lost (RFC 9002 section 7.1)', () => {
  let congested = false
  const reductions: number[] = []
  const pair = shakenHands({
    client: { initialMaxData: 1 << 30 },
    server: { initialMaxData: 1 << 30, initialMaxStreamDataUni: 1 << 30 },
    carry: (side, datagram) => (side === 'client' && congested ? [{ datagram, ecn: CE }] : [{ datagram }]),
  })
  assert.ok(upload(pair, 300_000))
  const { recovery } = pair.client.connection
  let window = recovery.controller.window
  pair.oncheck = () => {
    if (recovery.controller.window < window) reductions.push(pair.now)
    window = recovery.controller.window
  }
  congested = true
  assert.ok(upload(pair, 1_500_000))
  assert.ok(reductions.length >= 3, `${reductions.length} reductions`)
  for (let i = 1; i < reductions.length; i++) assert.ok(reductions[i]! - reductions[i - 1]! >= 20, `reductions at ${reductions.join(', ')}`)
  assert.equal(recovery.stats.packetsLost, 0)
  pair.release()
})

describe('a queue of 20 Mbit/s that marks when it holds 20 datagrams', () => {
  const SEED = 20_261_122
  /** Milliseconds, after the first second. */
  const LENGTH = 4000
  /** 50 ms there and back; room for two bandwidth-delay products, so that only marks can keep the queue short. */
  const LINK: ImpairmentOptions = { delayMillis: 25, bitsPerSecond: 20_000_000, queueDatagrams: 208 }
  const CONTROLLERS: Readonly<Record<string, (random: () => number) => CongestionController>> = {
    CUBIC: () => new Cubic(DATAGRAM),
    NewReno: () => new NewReno(DATAGRAM),
    BBRv3: (random) => new Bbr3(DATAGRAM, random),
    Copa: () => new Copa(DATAGRAM),
  }

  interface Outcome {
    readonly lost: number
    readonly marks: number
    /** Milliseconds of the smoothed round trip, on average over time. */
    readonly roundTrip: number
    /** Share of the link. */
    readonly used: number
  }

  function run(controller: CongestionController, queue: ImpairmentOptions): Outcome {
    const flows = new Flows([{ controller }], { seed: SEED, toServer: { ...LINK, ...queue }, toClient: { delayMillis: 25 } })
    const { recovery } = flows.flows[0]!.pair.client.connection
    let sum = 0
    const from = 1000
    flows.run(from)
    const lostBefore = recovery.stats.packetsLost
    const before = flows.flows[0]!.delivered
    for (let at = from; at < from + LENGTH; at += 10) {
      flows.run(at)
      sum += recovery.rtt.smoothed
    }
    const used = (flows.flows[0]!.delivered - before) / (LENGTH * 2500)
    const outcome = {
      lost: recovery.stats.packetsLost - lostBefore,
      marks: recovery.ecnTotals().ceReported,
      roundTrip: (sum * 10) / LENGTH,
      used,
    }
    flows.release()
    return outcome
  }

  for (const [name, make] of Object.entries(CONTROLLERS)) {
    test(`${name} keeps the queue short, loses nothing, and uses the path`, (t) => {
      const random = new Random(SEED)
      const marked = run(
        make(() => random.fraction()),
        { markQueueDatagrams: 20 },
      )
      const unmarked = run(
        make(() => random.fraction()),
        {},
      )
      t.diagnostic(`${name}, seed ${SEED}: with marks ${JSON.stringify(marked)}, without ${JSON.stringify(unmarked)}`)
      assert.ok(marked.marks > 0)
      assert.equal(marked.lost, 0)
      // Copa watches the delay, and has no queue that marks could shorten.
      if (name !== 'Copa') assert.ok(marked.used < unmarked.used - 0.01, 'it does not slow down')
      assert.ok(marked.roundTrip < 60, 'the queue grows to more than 17 datagrams on average')
      assert.ok(marked.used >= 0.75)
    })
  }

  test('BBR, which has no answer to marks, sends nothing that may be marked (RFC 3168 section 5)', () => {
    const random = new Random(SEED)
    const outcome = run(new Bbr(DATAGRAM, {}, () => random.fraction()), { markQueueDatagrams: 1 })
    assert.equal(outcome.marks, 0)
  })
})
