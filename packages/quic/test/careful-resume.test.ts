// What Careful Resume gains on a path that is as it was, and what it costs on one that is not: real connections over netsim. RFC 9959.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PathMemory } from '../src/api/path-memory.ts'
import { CarefulResume, type CarefulResumePhase, type SavedPath } from '../src/core/congestion/careful-resume.ts'
import type { CongestionController } from '../src/core/congestion/controller.ts'
import { Cubic } from '../src/core/congestion/cubic.ts'
import { connected, upload } from './support/connected.ts'
import { DATAGRAM, Flows } from './support/flows.ts'

const SEED = 9959
const ROUND_TRIP = 100

interface Outcome {
  /** Bytes that the server's application had after so many milliseconds. */
  readonly delivered: readonly number[]
  readonly packetsLost: number
  readonly phases: readonly CarefulResumePhase[]
  /** What the connection would save for the next. */
  readonly learnt: SavedPath
  readonly retreated: boolean
}

/** One flow that always has something to send, on a path of 100 ms and so many Mbit/s with a queue of one bandwidth-delay product. */
function run(megabits: number, saved: SavedPath | null, at: readonly number[], roundTrip = ROUND_TRIP): Outcome {
  const cubic = new Cubic(DATAGRAM)
  const resume = saved === null ? null : new CarefulResume(cubic, saved, DATAGRAM)
  const controller: CongestionController = resume ?? cubic
  const bytesPerMilli = (megabits * 1000) / 8
  const flows = new Flows([{ controller }], {
    seed: SEED,
    toServer: {
      delayMillis: roundTrip / 2,
      bitsPerSecond: megabits * 1e6,
      queueBytes: bytesPerMilli * roundTrip,
      queueDatagrams: Number.POSITIVE_INFINITY,
    },
    toClient: { delayMillis: roundTrip / 2 },
  })
  const { recovery } = flows.flows[0]!.pair.client.connection
  const phases: CarefulResumePhase[] = []
  const delivered: number[] = []
  for (let now = 0; now <= at.at(-1)!; now++) {
    flows.run(now)
    if (resume !== null && phases.at(-1) !== resume.phase) phases.push(resume.phase)
    if (at.includes(now)) delivered.push(flows.flows[0]!.delivered)
  }
  const learnt = { window: controller.window, rttMillis: recovery.rtt.minimum }
  const { packetsLost } = recovery.stats
  flows.release()
  return { delivered, packetsLost, phases, learnt, retreated: resume?.retreated ?? false }
}

/** A connection to which nothing was known, on 50 Mbit/s. */
const first = run(50, null, [1000, 4000])
const { learnt } = first

test('on a path of 50 Mbit/s and 100 ms, a connection that resumes delivers half as much again in its first second, and retreats from nothing', (t) => {
  const resumed = run(50, learnt, [1000, 4000])
  t.diagnostic(
    `first second: ${first.delivered[0]} bytes, resumed ${resumed.delivered[0]}; saved ${Math.round(learnt.window)} bytes (seed ${SEED})`,
  )
  assert.deepEqual(resumed.phases, ['reconnaissance', 'unvalidated', 'validating', 'normal'])
  assert.ok(resumed.delivered[0]! >= 1.5 * first.delivered[0]!, `${resumed.delivered[0]} bytes against ${first.delivered[0]}`)
  assert.ok(resumed.delivered[1]! >= first.delivered[1]!)
  assert.equal(resumed.retreated, false)
})

test('a path that shrank to a tenth is found out: a safe retreat, and after it the path is used as by a connection that never resumed', (t) => {
  const plain = run(5, null, [2000, 6000])
  const resumed = run(5, learnt, [2000, 6000])
  t.diagnostic(
    `six seconds: ${plain.delivered[1]} bytes and ${plain.packetsLost} lost, resumed ${resumed.delivered[1]} and ${resumed.packetsLost} (seed ${SEED})`,
  )
  assert.ok(resumed.phases.includes('safeRetreat') && resumed.phases.at(-1) === 'normal', resumed.phases.join())
  assert.equal(resumed.retreated, true)
  // All that can be lost is the jump, once.
  assert.ok(resumed.packetsLost * DATAGRAM <= learnt.window / 2 + plain.packetsLost * DATAGRAM, `${resumed.packetsLost} packets lost`)
  const [early, late] = resumed.delivered as [number, number]
  assert.ok(late - early >= 0.8 * (plain.delivered[1]! - plain.delivered[0]!), `${late - early} bytes in the last four seconds`)
})

test('another path, by its round trip, is begun as if nothing were known', () => {
  const plain = run(50, null, [1000], 20)
  const resumed = run(50, learnt, [1000], 20)
  assert.deepEqual(resumed.phases, ['reconnaissance', 'normal'])
  // But for the numbers and ids that connections draw, which make packets longer by a byte or two.
  const [a, b] = [resumed.delivered[0]!, plain.delivered[0]!]
  assert.ok(Math.abs(a - b) < b / 100, `${a} and ${b} bytes`)
})

test('a connection that has used its window is worth remembering; one that has not is not', () => {
  const memory = new PathMemory()
  const pair = connected({ delayMillis: 50, server: { initialMaxData: 1 << 26, initialMaxStreamDataUni: 1 << 26 } })
  memory.learn(pair.client.connection)
  assert.equal(memory.find('198.51.100.1'), null)
  assert.ok(upload(pair, 2_000_000))
  memory.learn(pair.client.connection)
  const learnt = memory.find('198.51.100.1')
  // In slow start a window is twice what it has proved. RFC 9959 section 4.1.
  const { window, inSlowStart } = pair.client.connection.recovery.controller
  assert.deepEqual([learnt?.window, inSlowStart], [window / 2, true])
  assert.ok(learnt!.rttMillis >= 100 && learnt!.rttMillis < 126, `${learnt!.rttMillis} ms`)
  pair.release()
})
