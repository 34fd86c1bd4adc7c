// Ways to draw from a seed that scenarios need besides `Random`'s own.
import type { Random } from '@millrace/netsim'

/** An integer from `low` to `high`, both included. */
export function between(random: Random, low: number, high: number): number {
  return low + random.below(high - low + 1)
}

/** An integer from `low` (1 or more) to `high`, small ones as likely as large: every power of two has the same share. */
export function magnitude(random: Random, low: number, high: number): number {
  return Math.min(high, Math.floor(low * ((high + 1) / low) ** random.fraction()))
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.below(choices.length)]!
}

/** `value()` with this probability, else `otherwise`. What it draws comes from a generator of its own, so that a miss shifts nothing. */
export function perhaps<T>(random: Random, probability: number, value: (own: Random) => T, otherwise: T): T {
  const own = random.fork()
  return random.chance(probability) ? value(own) : otherwise
}
