// What a benchmark is, and how its contenders take turns.
import { median } from './median.ts'

export interface Benchmark {
  readonly name: string
  /** One line for --help. */
  readonly what: string
  readonly unit: string
  /** The first is what Millrace offers; ratios are to the second, which is what everybody has. */
  readonly contenders: readonly Contender[]
  readonly full: Effort
  readonly quick: Effort
}

export interface Contender {
  readonly name: string
  /** One round, in fresh processes. */
  measure(effort: Effort): Promise<Measurement>
}

export interface Effort {
  readonly rounds: number
  /** How long a round counts, milliseconds, after `warmUpMillis` that do not. */
  readonly millis: number
  readonly warmUpMillis: number
}

export interface Measurement {
  /** In the benchmark's unit. */
  readonly value: number
  /** What shaped the figure: cipher, socket kind. */
  readonly note: string
}

export interface Report {
  readonly name: string
  readonly unit: string
  readonly rounds: number
  readonly results: readonly {
    readonly contender: string
    readonly median: number
    readonly lowest: number
    readonly highest: number
    /** To the second contender. */
    readonly ratio: number
    readonly note: string
  }[]
}

/**
 * Contenders take turns within each round, in alternating order, so that what else the machine does meets all of them.
 */
export async function runBenchmark({ name, unit, contenders, full, quick }: Benchmark, options: { quick: boolean }): Promise<Report> {
  const effort = options.quick ? quick : full
  const measured = contenders.map((): Measurement[] => [])
  for (let round = 0; round < effort.rounds; round++) {
    const order = [...contenders.keys()]
    for (const index of round % 2 === 0 ? order : order.reverse()) {
      measured[index]?.push(await (contenders[index] as Contender).measure(effort))
    }
  }
  const medians = measured.map((list) => median(list.map(({ value }) => value)))
  const results = contenders.map((contender, index) => {
    const values = measured[index]?.map(({ value }) => value) ?? []
    return {
      contender: contender.name,
      median: medians[index] as number,
      lowest: Math.min(...values),
      highest: Math.max(...values),
      ratio: (medians[index] as number) / (medians[1] as number),
      note: measured[index]?.[0]?.note ?? '',
    }
  })
  return { name, unit, rounds: effort.rounds, results }
}
