// How long a message of 100 bytes is on its way there and back, when one leaves each millisecond.
import type { Benchmark, Entry, Figure, Round } from '../harness/benchmark.ts'
import { playOnce, usageFigures } from '../harness/match.ts'
import { millrace, millraceBusyPoll, nodeTls, quicGo, quinn } from '../peers/index.ts'
import type { Peer } from '../peers/peer.ts'

const MESSAGE_BYTES = 100
const PER_SECOND = 1000
const MESSAGES = 10_000
const QUICK_MESSAGES = 2_000

/** The median is what the case is about. */
const PERCENTILES = [
  { name: 'p50', key: 'p50' },
  { name: 'p90', key: 'p90' },
  { name: 'p99', key: 'p99' },
  { name: 'p99.9', key: 'p999' },
] as const

export const latency: Benchmark = {
  name: 'latency',
  what: 'echo of 100 bytes, 1,000 a second by schedule: p50 to p99.9',
  cases: [
    { name: 'echo', entries: entries(millrace) },
    { name: 'echo with busyPoll', isForFullRuns: true, entries: entries(millraceBusyPoll) },
  ],
}

function entries(ours: Peer): Entry[] {
  return [ours, quicGo, quinn, nodeTls].map((contender) => ({ contender, measure: (round) => measure(contender, round) }))
}

async function measure(peer: Peer, round: Round): Promise<Figure[]> {
  const count = round.quick ? QUICK_MESSAGES : MESSAGES
  const workload = ['echoes', '--count', `${count}`, '--size', `${MESSAGE_BYTES}`, '--rate', `${PER_SECOND}`]
  const { result, used } = await playOnce(peer, workload, round)
  const percentiles = PERCENTILES.map(({ name, key }): Figure => ({ name, unit: 'us', better: 'less', value: result[key] as number }))
  return [...percentiles, ...usageFigures(used, count / 1e6, 's/million')]
}
