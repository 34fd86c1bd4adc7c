// Benchmarks, each beside what else a user could take, in one run: `npm run bench -- --help`.
// Figures of different runs or machines do not compare; ratios within one run do.
import { codec } from './benchmarks/codec.ts'
import { connections } from './benchmarks/connections.ts'
import { core } from './benchmarks/core.ts'
import { handshakes } from './benchmarks/handshakes.ts'
import { latency } from './benchmarks/latency.ts'
import { requests } from './benchmarks/requests.ts'
import { throughput } from './benchmarks/throughput.ts'
import type { Benchmark, Case } from './harness/benchmark.ts'
import { type BenchDocument, type Row, rowsOf } from './harness/document.ts'
import { type Field, layField } from './harness/field.ts'
import { takeTurns } from './harness/take-turns.ts'
import { describeMachine } from './machine.ts'
import { type Options, parseOptions } from './options.ts'
import { writeTables } from './page.ts'
import { printed } from './print.ts'
import { fallen, readRecorded, record } from './recorded.ts'

const BENCHMARKS: readonly Benchmark[] = [throughput, requests, handshakes, connections, core, latency, codec]

const ROUNDS = 5
const QUICK_ROUNDS = 3

/** For one benchmark, milliseconds; a round that has begun is brought to its end. */
const BUDGET_MILLIS = 20 * 60_000
const QUICK_BUDGET_MILLIS = 45_000

const USAGE = `npm run bench -- NAME [options]     or     npm run bench -- --quick

${BENCHMARKS.map(({ name, what }) => `  ${name.padEnd(12)} ${what}`).join('\n')}

  --quick      a fraction of the work, under a minute for each; fails if a ratio fell 30 % under that of bench/recorded.json
  --rounds N   default ${ROUNDS}, with --quick ${QUICK_ROUNDS}
  --peer LIST  only these peers, and Millrace
  --case LIST  only these cases
  --json       prints one document
  --write      writes the tables of docs/performance.md
  --record     with --quick: keeps the ratios in bench/recorded.json

Peers that are not installed are named. 'npm install --prefix bench' installs those of npm, 'bash bench/install.sh' compiles the others.`

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  let options: Options | 'help'
  try {
    options = parseOptions(args, BENCHMARKS)
  } catch (error) {
    console.error(`bench: ${(error as Error).message}`)
    return 2
  }
  if (options === 'help') {
    console.log(USAGE)
    return 0
  }
  const { bench, json } = options
  const field = layField()
  const problems: string[] = []
  for (const benchmark of BENCHMARKS) {
    if (bench !== null && benchmark.name !== bench) continue
    const cases = chosenOf(benchmark, options)
    if (cases.length === 0) {
      if (bench !== null)
        problems.push(`${bench} has no such case, or not with these peers; it has ${benchmark.cases.map(({ name }) => name).join(', ')}`)
      continue
    }
    try {
      const document = await run({ ...benchmark, cases }, field, options)
      console.log(json ? JSON.stringify(document, null, 2) : printed(document))
      if (options.write) writeTables(document)
      if (options.record) record(document)
      else if (options.quick) problems.push(...fallen(document, readRecorded()))
    } catch (error) {
      problems.push(`${benchmark.name}: ${(error as Error).message}`)
    }
  }
  for (const problem of problems) console.error(`bench: ${problem}`)
  return problems.length === 0 ? 0 : 1
}

/** Throws when Millrace itself fails. What became of a peer that fails or is missing goes to stderr, once each. */
async function run({ name, cases }: Benchmark, field: Field, { quick, rounds }: Options): Promise<BenchDocument> {
  const turns = {
    rounds: rounds ?? (quick ? QUICK_ROUNDS : ROUNDS),
    budgetMillis: (quick ? QUICK_BUDGET_MILLIS : BUDGET_MILLIS) / cases.length,
  }
  const rows: Row[] = []
  const complaints = new Set<string>()
  for (const each of cases) {
    const outcomes = await takeTurns(each, { field, quick }, turns)
    for (const { entry, problem } of outcomes) if (problem !== null) complaints.add(`${entry.contender.name}: ${problem}`)
    rows.push(...rowsOf(each.name, outcomes))
  }
  for (const complaint of complaints) console.error(`bench: ${name}: ${complaint}`)
  return { bench: name, machine: describeMachine(), rows }
}

/** The cases that were asked for, with the peers that were; none in which Millrace would be alone. */
function chosenOf({ cases }: Benchmark, { peers, cases: chosen }: Options): Case[] {
  return cases
    .filter((each) => chosen.length === 0 || chosen.includes(each.name))
    .map((each) => withPeers(each, peers))
    .filter(({ entries }) => entries.length > 1)
}

function withPeers({ name, entries }: Case, peers: readonly string[]): Case {
  return { name, entries: entries.filter(({ contender }, index) => index === 0 || peers.length === 0 || peers.includes(contender.name)) }
}
