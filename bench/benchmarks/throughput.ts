// One connection, a lot of bytes.
import type { Benchmark, Case, Figure, Round } from '../harness/benchmark.ts'
import { playOnce, usageFigures } from '../harness/match.ts'
import {
  currentspace,
  currentspacePortable,
  matrixai,
  millrace,
  ngtcp2,
  nodeHttp2,
  nodeHttp2Wide,
  nodeTls,
  quicGo,
  quinn,
} from '../peers/index.ts'
import type { Peer } from '../peers/peer.ts'

const BYTES = 200e6
const QUICK_BYTES = 30e6

/** Who would take minutes carries this share; throughput is a rate. */
const SHARES: Readonly<Record<string, number>> = { [matrixai.name]: 0.02 }

const MULTIPLEXING: readonly Peer[] = [ngtcp2, quicGo, quinn, currentspace, currentspacePortable, matrixai, nodeHttp2, nodeHttp2Wide]

export const throughput: Benchmark = {
  name: 'throughput',
  what: 'one connection, 200 MB: one stream down, one up, ten down',
  cases: [
    transfer('one stream down', 'download', 1, [...MULTIPLEXING, nodeTls]),
    transfer('one stream up', 'upload', 1, [...MULTIPLEXING.filter((peer) => peer !== ngtcp2), nodeTls]),
    transfer('ten streams down', 'download', 10, MULTIPLEXING),
  ],
}

function transfer(name: string, workload: string, streams: number, peers: readonly Peer[]): Case {
  return {
    name,
    entries: [millrace, ...peers].map((contender) => ({ contender, measure: (round) => measure(contender, workload, streams, round) })),
  }
}

async function measure(peer: Peer, workload: string, streams: number, round: Round): Promise<Figure[]> {
  const bytes = (round.quick ? QUICK_BYTES : BYTES) * (SHARES[peer.name] ?? 1)
  const { result, used } = await playOnce(peer, [workload, '--bytes', `${bytes}`, '--streams', `${streams}`], round)
  const { bytes: moved = 0, seconds = 0 } = result
  if (moved < bytes) throw new Error(`${moved} of ${bytes} bytes came`)
  return [{ name: '', unit: 'MB/s', better: 'more', value: moved / 1e6 / seconds }, ...usageFigures(used, moved / 1e9, 's/GB')]
}
