// One server and one client of a contender, in processes of their own, and what they used between the client's `ready` and its results.
import type { Identity, Peer } from '../peers/peer.ts'
import type { Figure, Round } from './benchmark.ts'
import { Program } from './program.ts'
import { type Usage, usageOf } from './usage.ts'

/** A pair of programs that has not ended by then hangs, milliseconds. */
const DEADLINE_MILLIS = 180_000
const QUICK_DEADLINE_MILLIS = 30_000

export interface Match {
  readonly server: Program
  /** Its first word is heard already: it is ready. */
  readonly client: Program
  /** Of the processes that do the work; 0 when nobody can tell. */
  readonly serverPid: number
  readonly clientPid: number
}

/** What a client prints after `result`; which names there are depends on the workload. */
export type Result = Readonly<Record<string, number>>

export async function withMatch<T>(
  peer: Peer,
  workload: readonly string[],
  { field, quick }: Round,
  play: (match: Match) => Promise<T>,
): Promise<T> {
  const deadline = quick ? QUICK_DEADLINE_MILLIS : DEADLINE_MILLIS
  const identity: Identity = { cert: field.cert, key: field.key }
  await using server = new Program(peer.server(identity), field.children, deadline)
  const [port, pid] = (await server.hears('listening')).split(' ')
  await using client = new Program(peer.client(workload, { port: Number(port), ca: field.ca }), field.children, deadline)
  const worker = await client.hears('ready')
  return await play({ server, client, serverPid: Number(pid ?? server.pid), clientPid: worker === '' ? client.pid : Number(worker) })
}

/** Has the client do the next part of its workload. */
export async function go(client: Program): Promise<Result> {
  client.says('go')
  return JSON.parse(await client.hears('result')) as Result
}

/** One workload of one part: its result, and what each side used for it. */
export function playOnce(peer: Peer, workload: readonly string[], round: Round): Promise<{ result: Result; used: readonly SideUsage[] }> {
  return withMatch(peer, workload, round, async ({ client, serverPid, clientPid }) => {
    const sides = [
      { side: 'client', pid: clientPid },
      { side: 'server', pid: serverPid },
    ] as const
    const before = sides.map(({ pid }) => usageOf(pid))
    const result = await go(client)
    const used = sides.flatMap(({ side, pid }, index) => usageBetween(side, before[index] ?? null, usageOf(pid)))
    return { result, used }
  })
}

export interface SideUsage {
  readonly side: 'client' | 'server'
  readonly cpuSeconds: number
  readonly peakBytes: number
}

function usageBetween(side: 'client' | 'server', before: Usage | null, after: Usage | null): SideUsage[] {
  if (before === null || after === null) return []
  return [{ side, cpuSeconds: after.cpuSeconds - before.cpuSeconds, peakBytes: after.peakBytes }]
}

/** Rows beside the main one: CPU time for an amount of work, and memory. */
export function usageFigures(used: readonly SideUsage[], amount: number, unit: string): Figure[] {
  return used.flatMap(({ side, cpuSeconds, peakBytes }): Figure[] => [
    { name: `CPU of the ${side}`, unit, better: 'less', value: cpuSeconds / amount },
    { name: `peak memory of the ${side}`, unit: 'MB', better: 'less', value: peakBytes / 1e6 },
  ])
}
