// Benchmarks, each beside what else a user could take, in one run: `npm run bench -- --help`.
// Figures of different runs or machines do not compare; ratios within one run do.
import { codec } from './benchmarks/codec.ts'
import { connections } from './benchmarks/connections.ts'
import { core } from './benchmarks/core.ts'
import { handshakes } from './benchmarks/handshakes.ts'
import { http3 } from './benchmarks/http3.ts'
import { latency } from './benchmarks/latency.ts'
import { requests } from './benchmarks/requests.ts'
import { throughput } from './benchmarks/throughput.ts'
import type { Benchmark } from './harness/benchmark.ts'
import type { BenchDocument } from './harness/document.ts'
import { type Field, layField } from './harness/field.ts'
import { chosen, type Effort, measure } from './measure.ts'
import { type Options, parseOptions } from './options.ts'
import { writeTables } from './page.ts'
import { printed } from './print.ts'
import { fallen, readRecorded, sentence, stillFallen, withRatios, writeRecorded } from './recorded.ts'

const BENCHMARKS: readonly Benchmark[] = [throughput, requests, http3, handshakes, connections, core, latency, codec]

const ROUNDS = 5
const QUICK_ROUNDS = 3

/** A quick run fails for a ratio that fell as often as this: shared machines have bad minutes, and what has become slow has no good ones. */
const MEASUREMENTS = 3

/** Runs of which the medians are recorded: one alone would record whatever the machine did meanwhile. */
const RECORDED_RUNS = 5

/** For one benchmark, milliseconds. */
const BUDGET_MILLIS = 20 * 60_000
const QUICK_BUDGET_MILLIS = 45_000

const USAGE = `npm run bench -- NAME [options]     or     npm run bench -- --quick     or     npm run bench -- --write

${BENCHMARKS.map(({ name, what }) => `  ${name.padEnd(12)} ${what}`).join('\n')}

  --quick      a fraction of the work, under a minute for each; fails if a ratio fell 30 % under that of bench/recorded.json, ${MEASUREMENTS} times
  --rounds N   default ${ROUNDS}, with --quick ${QUICK_ROUNDS}
  --minutes N  begins no further round once they are over, shared among what is run; the first round of each runs in any case
  --peer LIST  only these peers, and Millrace
  --case LIST  only these cases
  --json       prints one document
  --write      writes the tables of docs/performance.md
  --record     with --quick: keeps the medians of ${RECORDED_RUNS} runs in bench/recorded.json

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
  const field = layField()
  const benchmarks = BENCHMARKS.filter(({ name }) => options.bench === null || name === options.bench)
  const problems: string[] = []
  for (const benchmark of benchmarks) {
    const cut = chosen(benchmark, options)
    if (cut.cases.length === 0) {
      const names = benchmark.cases.map(({ name }) => name).join(', ')
      problems.push(...(options.bench === null ? [] : [`${options.bench} has no such case, or not with these peers; it has ${names}`]))
      continue
    }
    try {
      problems.push(...(await run(cut, field, options, benchmarks.length)))
    } catch (error) {
      problems.push(`${benchmark.name}: ${(error as Error).message}`)
    }
  }
  for (const problem of problems) console.error(`bench: ${problem}`)
  return problems.length === 0 ? 0 : 1
}

/** Runs one of so many benchmarks, and does with the results as the options say. Returns what has fallen, in sentences. */
async function run(benchmark: Benchmark, field: Field, options: Options, of: number): Promise<string[]> {
  const effort = effortOf(options, of)
  const tell = (document: BenchDocument): BenchDocument => {
    console.log(options.json ? JSON.stringify(document, null, 2) : printed(document))
    return document
  }
  const document = tell(await measure(benchmark, field, effort))
  if (options.write) writeTables(document)
  if (options.record) {
    const runs = [document]
    while (runs.length < RECORDED_RUNS) runs.push(tell(await measure(benchmark, field, effort)))
    const { recorded, unsteady } = withRatios(readRecorded(), runs)
    writeRecorded(recorded)
    for (const sentence of unsteady) console.error(`bench: ${sentence}`)
    return []
  }
  let falls = options.quick ? fallen(document, readRecorded()) : []
  // All rounds, however long they take here: no one round decides.
  const whole = { ...effort, budgetMillis: Number.POSITIVE_INFINITY }
  for (let measured = 1; measured < MEASUREMENTS && falls.length > 0; measured++) {
    for (const fall of falls) console.error(`bench: ${sentence(fall)}; measured again`)
    const again = chosen(benchmark, { ...options, cases: falls.map((fall) => fall.case), peers: falls.map(({ peer }) => peer) })
    falls = stillFallen(falls, fallen(tell(await measure(again, field, whole)), readRecorded()))
  }
  return falls.map(sentence)
}

function effortOf({ quick, rounds, minutes }: Options, of: number): Effort {
  const budgetMillis = quick ? QUICK_BUDGET_MILLIS : BUDGET_MILLIS
  return {
    quick,
    rounds: rounds ?? (quick ? QUICK_ROUNDS : ROUNDS),
    budgetMillis: minutes === null ? budgetMillis : (minutes * 60_000) / of,
  }
}
