// Many small answers over one connection, each on a stream of its own: whatever protocol carries them, they are measured in one way.
import type { Peer } from '../peers/peer.ts'
import type { Figure, Round } from './benchmark.ts'
import { playOnce, usageFigures } from './match.ts'

const REQUESTS = 20_000
const QUICK_REQUESTS = 4_000
const ANSWER_BYTES = 1024

/** As many streams as the server of ngtcp2 lets a client open at once: what its client has in flight. */
export const NGTCP2_IN_FLIGHT = 100

/** Throws where an answer is missing. */
export async function smallAnswers(peer: Peer, inflight: number, round: Round): Promise<Figure[]> {
  const count = round.quick ? QUICK_REQUESTS : REQUESTS
  const workload = ['requests', '--count', `${count}`, '--inflight', `${inflight}`, '--size', `${ANSWER_BYTES}`]
  const { result, used } = await playOnce(peer, workload, round)
  const { bytes = 0, seconds = 0 } = result
  if (bytes < count * ANSWER_BYTES) throw new Error(`${bytes} of ${count * ANSWER_BYTES} bytes came`)
  return [{ name: '', unit: 'requests/s', better: 'more', value: count / seconds }, ...usageFigures(used, count / 1e6, 's/million')]
}
