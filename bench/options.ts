// The command line.
import { parseArgs } from 'node:util'
import type { Benchmark } from './harness/benchmark.ts'

export interface Options {
  /** Null for all of them. */
  readonly bench: string | null
  readonly quick: boolean
  readonly json: boolean
  readonly record: boolean
  /** The tables of docs/performance.md. */
  readonly write: boolean
  /** Null for what the benchmark takes by itself. */
  readonly rounds: number | null
  /** For all that is run, beyond the first round of each; null for what the benchmarks take by themselves. */
  readonly minutes: number | null
  /** Empty for all. */
  readonly peers: readonly string[]
  readonly cases: readonly string[]
}

/** Throws with a sentence for the user. `help` when that was asked for. */
export function parseOptions(args: readonly string[], benchmarks: readonly Benchmark[]): Options | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  const [bench = null, ...more] = positionals
  const benches = benchmarks.map(({ name }) => name)
  if ((bench !== null && !benches.includes(bench)) || more.length > 0 || (bench === null && !values.quick && !values.write)) {
    throw new Error(`name one of ${benches.join(', ')}, or --quick or --write alone for all of them; --help tells more`)
  }
  const rounds = values.rounds === undefined ? null : Number(values.rounds)
  if (rounds !== null && !(Number.isInteger(rounds) && rounds >= 1 && rounds <= 100))
    throw new Error('--rounds takes a number from 1 to 100')
  const minutes = values.minutes === undefined ? null : Number(values.minutes)
  if (minutes !== null && !(Number.isInteger(minutes) && minutes >= 1 && minutes <= 600))
    throw new Error('--minutes takes a number from 1 to 600')
  if (values.record && !values.quick) throw new Error('--record goes with --quick: ratios of long runs are not those of quick ones')
  if (values.write && (values.quick || values.peer.length + values.case.length > 0))
    throw new Error('--write goes with whole benchmarks: without --quick, --peer and --case')
  const peers = values.peer.flatMap((list) => list.split(','))
  const known = new Set(benchmarks.flatMap(({ cases }) => cases.flatMap(({ entries }) => entries.map(({ contender }) => contender.name))))
  const unknown = peers.find((peer) => !known.has(peer))
  if (unknown !== undefined) throw new Error(`--peer ${unknown}: there are ${[...known].join(', ')}`)
  return {
    bench,
    quick: values.quick,
    json: values.json,
    record: values.record,
    write: values.write,
    rounds,
    minutes,
    peers,
    cases: values.case.flatMap((list) => list.split(',')),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        record: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        minutes: { type: 'string' },
        peer: { type: 'string', multiple: true, default: [] },
        case: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new Error(`${(error as Error).message.split('. ')[0]}; --help lists what there is`)
  }
}
