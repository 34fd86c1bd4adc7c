// What an idle connection holds: resident memory of a server with many of them, by the connection, and how long it takes to be rid of them.
import type { Benchmark, Case, Figure, Round } from '../harness/benchmark.ts'
import { go } from '../harness/match.ts'
import { Program } from '../harness/program.ts'
import { usageOf } from '../harness/usage.ts'
import { millrace, nodeTls, quicGo, quinn } from '../peers/index.ts'
import type { Peer } from '../peers/peer.ts'

/** More than so many take as many seconds to make as a quick run has. */
const LARGEST_QUICK = 1_000

/** Handshakes under way at once. */
const IN_FLIGHT = 100

/**
 * Connections that come and go before any counts, so that code which is compiled by then is not taken for theirs; few at a time, so that
 * little of what they leave can be used again.
 */
const WARM_UP = ['handshakes', '--kind', 'full', '--count', '400', '--inflight', '4']

/** A pair of programs that has not ended by then hangs, milliseconds. */
const DEADLINE_MILLIS = 120_000

export const connections: Benchmark = {
  name: 'connections',
  what: 'resident memory of a server by the idle connection, 1,000 and 10,000 of them, and how long they take to close',
  cases: [1_000, 10_000].map((count): Case => {
    const entries = [millrace, quicGo, quinn, nodeTls].map((contender) => ({
      contender,
      measure: (round: Round) => measure(contender, count, round),
    }))
    return { name: `${count} idle`, isForFullRuns: count > LARGEST_QUICK, entries }
  }),
}

async function measure(peer: Peer, count: number, { field }: Round): Promise<Figure[]> {
  await using server = new Program(peer.server({ cert: field.cert, key: field.key }), field.children, DEADLINE_MILLIS)
  const [port, pid] = (await server.hears('listening')).split(' ')
  const client = (workload: readonly string[]) =>
    new Program(peer.client(workload, { port: Number(port), ca: field.ca }), field.children, DEADLINE_MILLIS)
  {
    await using early = client(WARM_UP)
    await early.hears('ready')
    await go(early)
  }
  const before = await settled(server, Number(pid ?? server.pid))
  await using crowd = client(['connections', '--count', `${count}`, '--inflight', `${IN_FLIGHT}`])
  await crowd.hears('ready')
  const { bytes: opened = 0, seconds: opening = 0 } = await go(crowd)
  if (opened !== count) throw new Error(`${opened} of ${count} connections were made`)
  const held = (await settled(server, Number(pid ?? server.pid))) - before
  const closing = performance.now()
  await go(crowd)
  await told(server, 'empty')
  return [
    { name: '', unit: 'KB', better: 'less', value: held / count / 1000 },
    { name: 'opened', unit: 'connections/s', better: 'more', value: count / opening },
    { name: 'time to close', unit: 'ms', better: 'less', value: performance.now() - closing },
  ]
}

/** Resident bytes once garbage is gone. */
async function settled(server: Program, pid: number): Promise<number> {
  await told(server, 'settle')
  const usage = usageOf(pid)
  if (usage === null) throw new Error('only Linux tells how much memory is resident')
  return usage.residentBytes
}

async function told(server: Program, what: string): Promise<void> {
  const done = server.hears(what)
  server.says(what)
  await done
}
