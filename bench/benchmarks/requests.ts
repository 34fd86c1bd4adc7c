// One connection, many small answers, each on a stream of its own.
import type { Benchmark, Case, Figure, Round } from '../harness/benchmark.ts'
import { playOnce, usageFigures } from '../harness/match.ts'
import { currentspace, currentspacePortable, millrace, ngtcp2, nodeHttp2, quicGo, quinn } from '../peers/index.ts'
import type { Peer } from '../peers/peer.ts'

const REQUESTS = 20_000
const QUICK_REQUESTS = 4_000
const ANSWER_BYTES = 1024

/** As many streams as its server lets a client open at once: what its client has in flight. */
const NGTCP2_IN_FLIGHT = 100

export const requests: Benchmark = {
  name: 'requests',
  what: 'one connection, 20,000 answers of 1 KB, 32 and 100 in flight',
  cases: [32, 100].map((inflight): Case => {
    const peers = [...(inflight === NGTCP2_IN_FLIGHT ? [ngtcp2] : []), quicGo, quinn, currentspace, currentspacePortable, nodeHttp2]
    const entries = [millrace, ...peers].map((contender) => ({
      contender,
      measure: (round: Round) => measure(contender, inflight, round),
    }))
    return { name: `${inflight} in flight`, entries }
  }),
}

async function measure(peer: Peer, inflight: number, round: Round): Promise<Figure[]> {
  const count = round.quick ? QUICK_REQUESTS : REQUESTS
  const workload = ['requests', '--count', `${count}`, '--inflight', `${inflight}`, '--size', `${ANSWER_BYTES}`]
  const { result, used } = await playOnce(peer, workload, round)
  const { bytes = 0, seconds = 0 } = result
  if (bytes < count * ANSWER_BYTES) throw new Error(`${bytes} of ${count * ANSWER_BYTES} bytes came`)
  return [{ name: '', unit: 'requests/s', better: 'more', value: count / seconds }, ...usageFigures(used, count / 1e6, 's/million')]
}
