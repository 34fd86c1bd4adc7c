// One connection, many small answers, each on a stream of its own.
import type { Benchmark, Case, Round } from '../harness/benchmark.ts'
import { NGTCP2_IN_FLIGHT, smallAnswers } from '../harness/small-answers.ts'
import { currentspace, currentspacePortable, millrace, ngtcp2, nodeHttp2, quicGo, quinn } from '../peers/index.ts'

export const requests: Benchmark = {
  name: 'requests',
  what: 'one connection, 20,000 answers of 1 KB, 32 and 100 in flight',
  cases: [32, 100].map((inflight): Case => {
    const peers = [...(inflight === NGTCP2_IN_FLIGHT ? [ngtcp2] : []), quicGo, quinn, currentspace, currentspacePortable, nodeHttp2]
    const entries = [millrace, ...peers].map((contender) => ({
      contender,
      measure: (round: Round) => smallAnswers(contender, inflight, round),
    }))
    return { name: `${inflight} in flight`, entries }
  }),
}
