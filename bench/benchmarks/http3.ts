// HTTP/3 beside HTTP/2: one connection, many small answers, and one large one; the bare transport shows what HTTP/3 takes of it.
import type { Benchmark, Case, Figure, Round } from '../harness/benchmark.ts'
import { playOnce, usageFigures } from '../harness/match.ts'
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

const REQUESTS = 20_000
const QUICK_REQUESTS = 4_000
const ANSWER_BYTES = 1024

const BYTES = 200e6
const QUICK_BYTES = 30e6

/** As many streams as its server lets a client open at once: what its client has in flight. */
const NGTCP2_IN_FLIGHT = 100

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
  return contest(`requests ${inflight}`, peers, (peer, round) => answers(peer, inflight, round))
}

function contest(name: string, peers: readonly Peer[], measure: (peer: Peer, round: Round) => Promise<Figure[]>): Case {
  return { name, entries: [millraceHttp3, ...peers].map((contender) => ({ contender, measure: (round) => measure(contender, round) })) }
}

async function answers(peer: Peer, inflight: number, round: Round): Promise<Figure[]> {
  const count = round.quick ? QUICK_REQUESTS : REQUESTS
  const workload = ['requests', '--count', `${count}`, '--inflight', `${inflight}`, '--size', `${ANSWER_BYTES}`]
  const { result, used } = await playOnce(peer, workload, round)
  const { bytes = 0, seconds = 0 } = result
  if (bytes < count * ANSWER_BYTES) throw new Error(`${bytes} of ${count * ANSWER_BYTES} bytes came`)
  return [{ name: '', unit: 'requests/s', better: 'more', value: count / seconds }, ...usageFigures(used, count / 1e6, 's/million')]
}

async function bulk(peer: Peer, round: Round): Promise<Figure[]> {
  const bytes = round.quick ? QUICK_BYTES : BYTES
  const { result, used } = await playOnce(peer, ['download', '--bytes', `${bytes}`, '--streams', '1'], round)
  const { bytes: moved = 0, seconds = 0 } = result
  if (moved < bytes) throw new Error(`${moved} of ${bytes} bytes came`)
  return [{ name: '', unit: 'MB/s', better: 'more', value: moved / 1e6 / seconds }, ...usageFigures(used, moved / 1e9, 's/GB')]
}
