// Runs one benchmark: its cases one after another, and in each the contenders in turns.
import type { Benchmark, Case } from './harness/benchmark.ts'
import { type BenchDocument, type Row, rowsOf } from './harness/document.ts'
import type { Field } from './harness/field.ts'
import { takeTurns } from './harness/take-turns.ts'
import { describeMachine } from './machine.ts'

export interface Effort {
  readonly quick: boolean
  readonly rounds: number
  /** For the whole benchmark; a round that has begun is brought to its end, and the first of each case runs in any case. */
  readonly budgetMillis: number
}

/** Throws when Millrace itself fails. What became of a peer that fails or is missing goes to stderr, once each. */
export async function measure({ name, cases }: Benchmark, field: Field, { quick, rounds, budgetMillis }: Effort): Promise<BenchDocument> {
  const rows: Row[] = []
  const complaints = new Set<string>()
  for (const each of cases) {
    const outcomes = await takeTurns(each, { field, quick }, { rounds, budgetMillis: budgetMillis / cases.length })
    for (const { entry, problem } of outcomes) if (problem !== null) complaints.add(`${entry.contender.name}: ${problem}`)
    rows.push(...rowsOf(each.name, outcomes))
  }
  for (const complaint of complaints) console.error(`bench: ${name}: ${complaint}`)
  return { bench: name, machine: describeMachine(), rows }
}

/** What is run of a benchmark: only these cases and peers, all where none are named. Cases in which Millrace would be alone fall away, and in a quick run long ones. */
export function chosen(
  benchmark: Benchmark,
  { quick, peers, cases }: { readonly quick: boolean; readonly peers: readonly string[]; readonly cases: readonly string[] },
): Benchmark {
  const wanted = benchmark.cases
    .filter(({ name, isForFullRuns }) => (cases.length === 0 ? !(quick && isForFullRuns === true) : cases.includes(name)))
    .map((each) => withPeers(each, peers))
    .filter(({ entries }) => entries.slice(1).some(({ contender }) => !quick || contender.missing() === null))
  return { ...benchmark, cases: wanted }
}

function withPeers(each: Case, peers: readonly string[]): Case {
  return {
    ...each,
    entries: each.entries.filter(({ contender }, index) => index === 0 || peers.length === 0 || peers.includes(contender.name)),
  }
}
