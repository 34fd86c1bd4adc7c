// What a benchmark is: cases, each with who takes part in it.
import type { Field } from './field.ts'

export interface Benchmark {
  readonly name: string
  /** One line for --help. */
  readonly what: string
  readonly cases: readonly Case[]
}

export interface Case {
  readonly name: string
  /** Left out of quick runs unless it is named: it takes minutes even with little to do, or is about what nobody has unasked. */
  readonly isForFullRuns?: boolean
  /** The first is Millrace's. */
  readonly entries: readonly Entry[]
}

export interface Entry {
  readonly contender: Contender
  /** One round, in fresh processes. The first figure is what the case is about; all rounds give the same ones. */
  measure(round: Round): Promise<readonly Figure[]>
}

export interface Contender {
  readonly name: string
  /** Why it cannot take part on this machine; null when it can. */
  missing(): string | null
  /** Null where that of Node says it all. */
  version(): string | null
}

export interface Round {
  readonly field: Field
  /** A fraction of the work, for CI. */
  readonly quick: boolean
}

export interface Figure {
  /** Empty where that of the case says it. */
  readonly name: string
  readonly unit: string
  /** Which way is better. */
  readonly better: 'more' | 'less'
  readonly value: number
}
