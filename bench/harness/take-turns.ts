// Contenders take turns within each round, in alternating order, so that what else the machine does meets all of them.
import type { Case, Entry, Figure, Round } from './benchmark.ts'

export interface Turns {
  readonly rounds: number
  /** No further round begins once one more like the longest would go past it, milliseconds; the first always runs. */
  readonly budgetMillis: number
}

/** What became of one contender. */
export interface Outcome {
  readonly entry: Entry
  /** Why there are no figures. */
  readonly problem: string | null
  /** By round. */
  readonly figures: readonly (readonly Figure[])[]
}

/** A contender that fails takes no further part, and is named with its reason. */
export async function takeTurns({ entries }: Case, round: Round, { rounds, budgetMillis }: Turns): Promise<Outcome[]> {
  const outcomes = entries.map((entry) => ({ entry, problem: entry.contender.missing(), figures: [] as (readonly Figure[])[] }))
  const start = performance.now()
  let longest = 0
  for (let count = 0; count < rounds; count++) {
    const began = performance.now()
    if (count > 0 && began - start + longest > budgetMillis) break
    for (const outcome of count % 2 === 0 ? outcomes : outcomes.toReversed()) {
      if (outcome.problem !== null) continue
      try {
        outcome.figures.push(await outcome.entry.measure(round))
      } catch (error) {
        outcome.problem = `failed: ${(error as Error).message}`
      }
    }
    longest = Math.max(longest, performance.now() - began)
  }
  return outcomes
}
