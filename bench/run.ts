// Benchmarks, each beside what else a user could take, in one run: `npm run bench -- NAME [--quick] [--json]`.
// Figures of different runs or machines do not compare; ratios within one run do.
import { parseArgs } from 'node:util'
import { type Benchmark, type Report, runBenchmark } from './benchmark.ts'
import { describeMachine } from './machine.ts'
import { throughput } from './throughput/index.ts'

const BENCHMARKS: Readonly<Record<string, Benchmark>> = { throughput }

const USAGE = `npm run bench -- NAME [--quick] [--json]

${Object.values(BENCHMARKS)
  .map(({ name, what }) => `  ${name.padEnd(12)} ${what}`)
  .join('\n')}

  --quick      fewer and shorter rounds, 20 seconds at most
  --json       print the report as JSON`

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const options = parse(args)
  if (typeof options === 'string') {
    console.error(`bench: ${options}`)
    return 2
  }
  if (options.help) {
    console.log(USAGE)
    return 0
  }
  const report = await runBenchmark(options.benchmark, options)
  const machine = describeMachine()
  const command = `npm run bench -- ${args.join(' ')}`
  if (options.json) console.log(JSON.stringify({ ...report, machine, command }, null, 2))
  else printReport(report, machine, command)
  return 0
}

function parse(args: readonly string[]): { help: true } | { help: false; benchmark: Benchmark; quick: boolean; json: boolean } | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) return { help: true }
    const benchmark = BENCHMARKS[positionals[0] ?? '']
    if (benchmark === undefined || positionals.length > 1) return `name one of ${Object.keys(BENCHMARKS).join(', ')}; --help tells more`
    return { help: false, benchmark, quick: values.quick, json: values.json }
  } catch (error) {
    return `${(error as Error).message.split('. ')[0]}; --help lists what there is`
  }
}

function printReport({ name, unit, rounds, results }: Report, machine: string, command: string): void {
  console.log(`${name}, ${unit}, median of ${rounds} interleaved rounds`)
  for (const { contender, median, lowest, highest, ratio, note } of results) {
    const range = `${lowest.toFixed(0)}-${highest.toFixed(0)}`
    console.log(`  ${contender.padEnd(12)} ${median.toFixed(0).padStart(7)}  ${range.padStart(11)}  ${ratio.toFixed(2)} x  ${note}`)
  }
  console.log(`${machine}\n${command}`)
}
