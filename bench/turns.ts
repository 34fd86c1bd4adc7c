// Two checkouts of this repository, or two ways to start one, beside each other: `npm run bench:turns -- --help`. All programs live to the end and take turns, some
// hundred connections or echoes each, so that what else the machine does meets all of them: a difference of two in a hundred shows where runs of their own
// differ by twenty.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { layField } from './harness/field.ts'
import { go } from './harness/match.ts'
import { Program } from './harness/program.ts'
import { mainThreadMicros } from './harness/usage.ts'
import { lowerQuartile, median } from './median.ts'

const USAGE = `npm run bench:turns -- [options] NAME=CHECKOUT[,PEER[,FLAG...]] NAME=...

  CHECKOUT        a folder with this repository in it, installed ('git worktree add', 'npm ci')
  PEER            a folder of its bench/peers with programs on Node: millrace (the default), millrace-http3, node-tls, node-http2; and what they are told by
                  --mode behind a colon, as millrace:busy-poll or millrace:asleep
  FLAG            of Node's, for client and server

  --kind KIND     of work: handshakes that are full (the default), resumed or early; requests for 1 KB on one connection; echoes of 100 bytes, 1,000 a second;
                  or downloads on one connection
  --inflight N    connections, requests or streams at once, default 1
  --block N       connections, requests, echoes or MB of a turn, default 300
  --warm-up N     turns of each that do not count, default 20
  --turns N       turns of each, default 40

Prints microseconds a connection, request or MB, or the p50 and p99 of a turn's echoes, and the CPU time of either side's main thread for one: medians, and what a quarter
of the turns stayed under. Ratios are of rates, or of the p50, by the first that is named. For example, from a checkout of the state before:

  npm run bench:turns -- --kind resumed before=../before now=. tls=.,node-tls`

/** What the clients' workloads are told, `bench/peers/node/workloads.ts`. */
const WORK: Readonly<Record<string, readonly string[]>> = {
  full: ['handshakes', '--kind', 'full'],
  resumed: ['handshakes', '--kind', 'resumed'],
  early: ['handshakes', '--kind', 'early'],
  requests: ['requests', '--size', '1024'],
  echoes: ['echoes', '--size', '100', '--rate', '1000'],
  download: ['download'],
}

/** Programs that have not ended by then hang, milliseconds. */
const DEADLINE_MILLIS = 3_600_000

interface Turn {
  /** Of one connection, request or MB, or the p50 of echoes. */
  readonly micros: number
  /** Of echoes, else 0. */
  readonly p99: number
  readonly client: number
  readonly server: number
}

interface Contender {
  readonly name: string
  readonly client: Program
  readonly server: Program
  readonly turns: Turn[]
}

interface Work {
  readonly workload: readonly string[]
  readonly block: number
}

// Programs of which only one has started go with this one.
process.exit(await main(process.argv.slice(2)))

async function main(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof parse>
  try {
    options = parse(args)
  } catch (error) {
    console.error(`bench:turns: ${(error as Error).message}; --help tells more`)
    return 2
  }
  if (options === null) {
    console.log(USAGE)
    return 0
  }
  const { contenders, work, warmUp, turns } = options
  const field = layField()
  const started: Contender[] = []
  try {
    for (const contender of contenders) started.push(await start(contender, work, field))
    for (let turn = -warmUp; turn < turns; turn++) {
      for (const contender of turn % 2 === 0 ? started : [...started].reverse()) {
        const taken = await take(contender, work.block)
        if (turn >= 0) contender.turns.push(taken)
      }
    }
    for (const contender of started) console.log(told(contender, started[0]!))
    return 0
  } catch (error) {
    console.error(`bench:turns: ${(error as Error).message}`)
    return 1
  } finally {
    for (const { client, server } of started) await Promise.all([client.stop(), server.stop()])
  }
}

/** Null for help. Throws with a sentence for the user. */
function parse(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false },
      kind: { type: 'string', default: 'full' },
      inflight: { type: 'string', default: '1' },
      block: { type: 'string', default: '300' },
      'warm-up': { type: 'string', default: '20' },
      turns: { type: 'string', default: '40' },
    },
  })
  if (values.help) return null
  const kind = WORK[values.kind]
  if (kind === undefined) throw new Error(`--kind ${values.kind} is none of ${Object.keys(WORK).join(', ')}`)
  for (const name of ['inflight', 'block', 'warm-up', 'turns'] as const)
    if (!/^[1-9]\d{0,5}$/.test(values[name])) throw new Error(`--${name} takes a number from 1 to 999999`)
  if (positionals.length === 0) throw new Error('name two contenders, as before=../before now=.')
  const contenders = positionals.map((text) => {
    const [, name, rest = ''] = /^([^=]+)=(.+)$/.exec(text) ?? []
    if (name === undefined) throw new Error(`${text} is no NAME=CHECKOUT`)
    const [checkout = '', peer = 'millrace', ...flags] = rest.split(',')
    const [folder = '', mode] = peer.split(':')
    return { name, folder: resolve(checkout, 'bench/peers', folder), flags, mode: mode === undefined ? [] : ['--mode', mode] }
  })
  const block = Number(values.block)
  const workload = [
    ...kind,
    '--inflight',
    values.inflight,
    '--count',
    values.block,
    '--streams',
    values.inflight,
    '--bytes',
    `${block * 1e6}`,
  ]
  return { contenders, work: { workload, block }, warmUp: Number(values['warm-up']), turns: Number(values.turns) }
}

async function start(
  { name, folder, flags, mode }: { name: string; folder: string; flags: readonly string[]; mode: readonly string[] },
  { workload }: Work,
  field: ReturnType<typeof layField>,
): Promise<Contender> {
  const program = (script: string, ...args: readonly string[]): Program => {
    const node = ['--conditions=source', '--disable-warning=ExperimentalWarning', ...flags, resolve(folder, script)]
    return new Program({ program: process.execPath, args: [...node, ...args, ...mode], cwd: folder }, field.children, DEADLINE_MILLIS)
  }
  const server = program('server.ts', '--cert', field.cert, '--key', field.key)
  const [port = ''] = (await server.hears('listening')).split(' ')
  const client = program('client.ts', ...workload, '--port', port, '--ca', field.ca)
  await client.hears('ready')
  return { name, client, server, turns: [] }
}

async function take({ name, client, server }: Contender, block: number): Promise<Turn> {
  const before = { client: mainThreadMicros(client.pid), server: mainThreadMicros(server.pid) }
  const { seconds = 0, p50, p99 = 0 } = await go(client)
  if (seconds === 0 && p50 === undefined)
    throw new Error(`the client of ${name} does its work once alone: its checkout is older than this command`)
  return {
    micros: p50 ?? (seconds * 1e6) / block,
    p99,
    client: (mainThreadMicros(client.pid) - before.client) / block,
    server: (mainThreadMicros(server.pid) - before.server) / block,
  }
}

function told({ name, turns }: Contender, first: Contender): string {
  const column = (of: readonly Turn[], key: keyof Turn): number[] => of.map((turn) => turn[key])
  const pair = (key: keyof Turn): string => `${median(column(turns, key)).toFixed(0)} (${lowerQuartile(column(turns, key)).toFixed(0)})`
  const ratio = (value: (values: readonly number[]) => number): string =>
    (value(column(first.turns, 'micros')) / value(column(turns, 'micros'))).toFixed(3)
  const cpu = `CPU of the client ${pair('client')}, of the server ${pair('server')}`
  const slowest = turns.some(({ p99 }) => p99 > 0) ? `, p99 ${pair('p99')} us` : ''
  return `${name.padEnd(12)} ${pair('micros')} us${slowest}; ${cpu}; ${ratio(median)} (${ratio(lowerQuartile)}) x ${first.name}`
}
