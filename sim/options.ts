// The command line of `npm run sim`.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

export const USAGE = `npm run sim -- [--seeds N] [--from N] [--seed N] [--workers N]

Runs random networks times random workloads over real connections, in virtual time, and checks invariants after every event.

  --seeds N    how many seeds, 300 by default
  --from N     the first of them, 1 by default
  --seed N     this one alone, twice, with the last of what happened: the two must be the same
  --workers N  threads, by default one a core

Exits with 1 when a seed failed, and says which.`

const MAX_SEED = 0xffff_ffff
const MOST_SEEDS = 1e9

export interface SimOptions {
  readonly help: boolean
  readonly from: number
  readonly seeds: number
  /** The one to replay; null for a range. */
  readonly seed: number | null
  readonly workers: number
}

/** Returns a sentence where the arguments make no sense. */
export function readOptions(args: readonly string[]): SimOptions | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seeds: { type: 'string', default: '300' },
        from: { type: 'string', default: '1' },
        seed: { type: 'string' },
        workers: { type: 'string', default: `${availableParallelism()}` },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const from = integer('from', values.from, 0, MAX_SEED)
    return {
      help: values.help,
      seeds: integer('seeds', values.seeds, 1, Math.min(MOST_SEEDS, MAX_SEED - from + 1)),
      from,
      seed: values.seed === undefined ? null : integer('seed', values.seed, 0, MAX_SEED),
      workers: integer('workers', values.workers, 1, 256),
    }
  } catch (error) {
    return (error as Error).message.split(/\.\s/)[0]!
  }
}

function integer(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new RangeError(`--${name} is an integer from ${least} to ${most}, not '${text}'`)
}
