// HTTP/3 beside HTTP/2: one connection, many small answers, and one large one; the bare transport shows what HTTP/3 takes of it.
import type { Benchmark, Case, Figure, Round } from '../harness/benchmark.ts'
import { playOnce, usageFigures } from '../harness/match.ts'
import { NGTCP2_IN_FLIGHT, smallAnswers } from '../harness/small-answers.ts'
import {
  caddy,
  currentspaceHttp3,
  currentspaceHttp3Portable,
  millrace,
  millraceHttp3,
  ngtcp2Http3,
  nodeHttp2,
  nodeHttp2Wide,
} from '../peers/index.ts'
import type { Peer } from '../peers/peer.ts'

const BYTES = 200e6
const QUICK_BYTES = 30e6

export const http3: Benchmark = {
  name: 'http3',
  what: 'HTTP/3: one connection, 20,000 answers of 1 KB, 32 and 100 in flight; 200 MB in one answer',
  cases: [
    requests(32, [nodeHttp2, currentspaceHttp3, currentspaceHttp3Portable]),
    requests(NGTCP2_IN_FLIGHT, [nodeHttp2, ngtcp2Http3, caddy, currentspaceHttp3, currentspaceHttp3Portable]),
    contest(
      'bulk down',
      [{ ...millrace, name: 'bare transport' }, nodeHttp2, nodeHttp2Wide, ngtcp2Http3, caddy, currentspaceHttp3, currentspaceHttp3Portable],
      bulk,
    ),
  ],
}

function requests(inflight: number, peers: readonly Peer[]): Case {
  return contest(`requests ${inflight}`, peers, (peer, round) => smallAnswers(peer, inflight, round))
}

function contest(name: string, peers: readonly Peer[], measure: (peer: Peer, round: Round) => Promise<Figure[]>): Case {
  return { name, entries: [millraceHttp3, ...peers].map((contender) => ({ contender, measure: (round) => measure(contender, round) })) }
}

async function bulk(peer: Peer, round: Round): Promise<Figure[]> {
  const bytes = round.quick ? QUICK_BYTES : BYTES
  const { result, used } = await playOnce(peer, ['download', '--bytes', `${bytes}`, '--streams', '1'], round)
  const { bytes: moved = 0, seconds = 0 } = result
  if (moved < bytes) throw new Error(`${moved} of ${bytes} bytes came`)
  return [{ name: '', unit: 'MB/s', better: 'more', value: moved / 1e6 / seconds }, ...usageFigures(used, moved / 1e9, 's/GB')]
}
