// The ratios that quick runs once reached, in recorded.json, and whether another quick run has fallen far under them.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchDocument } from './harness/document.ts'

/** By bench, case and peer: the ratio. */
export type Recorded = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>

/** A ratio may be so much worse than the recorded one before a run fails: shared machines swing by as much. */
const TOLERANCE = 0.3

const PATH = join(import.meta.dirname, 'recorded.json')

export function readRecorded(): Recorded {
  return existsSync(PATH) ? (JSON.parse(readFileSync(PATH, 'utf8')) as Recorded) : {}
}

/** Replaces what is recorded of these cases and peers. */
export function record(document: BenchDocument): void {
  writeFileSync(PATH, `${JSON.stringify(withRatios(readRecorded(), document), null, 2)}\n`)
}

/** Only what cases are about is held; what it took is told. */
export function withRatios(recorded: Recorded, { bench, rows }: BenchDocument): Recorded {
  const cases = { ...recorded[bench] }
  for (const row of rows) if (row.ratio !== null && row.leading) cases[row.case] = { ...cases[row.case], [row.peer]: row.ratio }
  return { ...recorded, [bench]: cases }
}

/** A sentence for each ratio that has fallen. */
export function fallen({ bench, rows }: BenchDocument, recorded: Recorded): string[] {
  return rows.flatMap((row) => {
    const before = recorded[bench]?.[row.case]?.[row.peer]
    if (before === undefined || row.ratio === null) return []
    const kept = row.better === 'less' ? before / row.ratio : row.ratio / before
    if (kept >= 1 - TOLERANCE) return []
    return [`${bench}, ${row.case}: ${row.ratio} x ${row.peer}, recorded are ${before} x`]
  })
}
