// What `--json` prints. Ratios are Millrace's median by the peer's, whichever way is better.
import { median } from '../median.ts'
import type { Figure } from './benchmark.ts'
import type { Outcome } from './take-turns.ts'

export interface BenchDocument {
  readonly bench: string
  /** Processor, system, and the versions of Node, OpenSSL and Millrace. */
  readonly machine: string
  readonly rows: readonly Row[]
}

export interface Row {
  readonly case: string
  readonly unit: string
  /** Which way is better. */
  readonly better: 'more' | 'less'
  /** It is what the case is about; the others tell what that took. */
  readonly leading: boolean
  readonly millrace: Spread
  readonly peer: string
  readonly peerVersion: string | null
  /** Null when the peer is missing, failed, or does not tell. */
  readonly peerResult: Spread | null
  readonly ratio: number | null
}

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** The rows of one case: its own, and one for each further figure. Throws when Millrace itself has none. */
export function rowsOf(name: string, [millrace, ...peers]: readonly Outcome[]): Row[] {
  if (millrace === undefined || millrace.problem !== null) throw new Error(`${name}: ${millrace?.problem ?? 'nobody takes part'}`)
  return (millrace.figures[0] ?? []).flatMap((figure, index) => {
    const mine = spread(millrace.figures, figure) as Spread
    return peers.map(({ entry, figures, problem }) => {
      const peerResult = problem === null ? spread(figures, figure) : null
      return {
        case: caseName(name, figure),
        unit: figure.unit,
        better: figure.better,
        leading: index === 0,
        millrace: mine,
        peer: entry.contender.name,
        peerVersion: entry.contender.missing() === null ? entry.contender.version() : null,
        peerResult,
        ratio: peerResult === null || peerResult.median === 0 ? null : round(mine.median / peerResult.median),
      }
    })
  })
}

export function caseName(name: string, figure: Figure): string {
  return figure.name === '' ? name : `${name}: ${figure.name}`
}

function spread(figures: Outcome['figures'], { name }: Figure): Spread | null {
  const values = figures.flatMap((list) => list.filter((figure) => figure.name === name).map(({ value }) => value))
  if (values.length === 0) return null
  return { median: round(median(values)), min: round(Math.min(...values)), max: round(Math.max(...values)) }
}

/** Four digits say more than any benchmark knows. */
function round(value: number): number {
  return Number(value.toPrecision(4))
}
