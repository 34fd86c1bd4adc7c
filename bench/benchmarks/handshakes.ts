// How many connections a second: each is made, asks for one byte, and is closed.
import type { Benchmark, Case, Figure, Round } from '../harness/benchmark.ts'
import { playOnce, usageFigures } from '../harness/match.ts'
import { currentspace, currentspacePortable, matrixai, millrace, millraceBusyPoll, nodeTls, quicGo, quinn } from '../peers/index.ts'
import type { Peer } from '../peers/peer.ts'

const CONNECTIONS = 1_000
const QUICK_CONNECTIONS = 300

/** In 0-RTT the request travels with the first packet; node:tls has none. */
const KINDS = [
  { name: 'full', kind: 'full', peers: [quinn, quicGo, nodeTls] },
  { name: 'resumed', kind: 'resumed', peers: [quinn, quicGo, nodeTls] },
  { name: '0-RTT', kind: 'early', peers: [quinn, quicGo] },
] as const

/** Of the packages of npm there is one case: they make this share of the connections, and a hundred at once take one of them 4 GB. */
const SLOW: readonly Peer[] = [currentspace, currentspacePortable, matrixai]
const SLOW_SHARE = 0.1

/** Who has another to do all the time never sleeps, and has nothing to poll for. */
const PACES = [
  { name: 'sequential', inflight: 1, ours: millrace, isForFullRuns: false },
  { name: 'sequential with busyPoll', inflight: 1, ours: millraceBusyPoll, isForFullRuns: true },
  { name: 'in parallel', inflight: 100, ours: millrace, isForFullRuns: false },
] as const

export const handshakes: Benchmark = {
  name: 'handshakes',
  what: 'connections a second, each with one answer: full, resumed and 0-RTT, one after another and 100 in parallel',
  cases: KINDS.flatMap(({ name, kind, peers }) =>
    PACES.map(({ name: pace, inflight, ours, isForFullRuns }): Case => {
      const slow = kind === 'full' && pace === 'sequential' ? SLOW : []
      const entries = [ours, ...peers, ...slow].map((contender) => ({
        contender,
        measure: (round: Round) => measure(contender, kind, inflight, round),
      }))
      return { name: `${name} ${pace}`, isForFullRuns, entries }
    }),
  ),
}

async function measure(peer: Peer, kind: string, inflight: number, round: Round): Promise<Figure[]> {
  const count = (round.quick ? QUICK_CONNECTIONS : CONNECTIONS) * (SLOW.includes(peer) ? SLOW_SHARE : 1)
  const workload = ['handshakes', '--kind', kind, '--count', `${count}`, '--inflight', `${inflight}`]
  const { result, used } = await playOnce(peer, workload, round)
  const { bytes = 0, seconds = 0 } = result
  if (bytes !== count) throw new Error(`${bytes} of ${count} answers came`)
  return [{ name: '', unit: 'connections/s', better: 'more', value: count / seconds }, ...usageFigures(used, count / 1e6, 's/million')]
}
