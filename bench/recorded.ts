// The ratios that quick runs reach, in recorded.json, and whether another quick run falls far under them.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchDocument } from './harness/document.ts'
import { median } from './median.ts'

/** By bench, case and peer: the ratio. */
export type Recorded = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>

/** A ratio that is far worse than the recorded one, each time that it was measured. */
export interface Fall {
  readonly bench: string
  readonly case: string
  readonly peer: string
  readonly ratios: readonly number[]
  readonly recorded: number
}

/** A ratio may be so much worse than the recorded one before a run fails: shared machines swing by as much. */
const TOLERANCE = 0.3

const PATH = join(import.meta.dirname, 'recorded.json')

export function readRecorded(): Recorded {
  return existsSync(PATH) ? (JSON.parse(readFileSync(PATH, 'utf8')) as Recorded) : {}
}

export function writeRecorded(recorded: Recorded): void {
  writeFileSync(PATH, `${JSON.stringify(recorded, null, 2)}\n`)
}

/**
 * Puts the medians of these runs of one benchmark in the place of what is recorded of the same cases and peers. Only what cases are about is held; what it took is told.
 * A ratio that swung between the runs by more than a run may fall is left out, with a sentence: nothing could be told from it.
 */
export function withRatios(recorded: Recorded, runs: readonly BenchDocument[]): { recorded: Recorded; unsteady: string[] } {
  const [{ bench, rows }] = runs as readonly [BenchDocument]
  const cases: Record<string, Readonly<Record<string, number>>> = { ...recorded[bench] }
  const unsteady: string[] = []
  for (const { case: name, peer, leading, better } of rows) {
    const ratios = runs
      .flatMap((run) => run.rows.filter((row) => row.case === name && row.peer === peer))
      .flatMap(({ ratio }) => ratio ?? [])
    if (!leading || ratios.length < runs.length) continue
    const { [peer]: _, ...others } = cases[name] ?? {}
    const middle = Number(median(ratios).toPrecision(3))
    const isSteady = ratios.every((ratio) => kept(ratio, middle, better) >= 1 - TOLERANCE)
    cases[name] = isSteady ? { ...others, [peer]: middle } : others
    if (!isSteady) unsteady.push(`${bench}, ${name}: ${ratios.join(', ')} x ${peer} is too unsteady to be recorded`)
  }
  return { recorded: { ...recorded, [bench]: cases }, unsteady }
}

/** Every ratio that has fallen. */
export function fallen({ bench, rows }: BenchDocument, recorded: Recorded): Fall[] {
  return rows.flatMap(({ case: name, peer, ratio, better }) => {
    const before = recorded[bench]?.[name]?.[peer]
    if (before === undefined || ratio === null || kept(ratio, before, better) >= 1 - TOLERANCE) return []
    return [{ bench, case: name, peer, ratios: [ratio], recorded: before }]
  })
}

/** Those which fell again when they were measured once more. */
export function stillFallen(before: readonly Fall[], again: readonly Fall[]): Fall[] {
  return before.flatMap((fall) => {
    const next = again.find((each) => each.case === fall.case && each.peer === fall.peer)
    return next === undefined ? [] : [{ ...fall, ratios: [...fall.ratios, ...next.ratios] }]
  })
}

export function sentence({ bench, case: name, peer, ratios, recorded }: Fall): string {
  return `${bench}, ${name}: ${ratios.join(' and ')} x ${peer}, recorded are ${recorded} x`
}

/** The share of a recorded ratio that is left. */
function kept(ratio: number, before: number, better: 'more' | 'less'): number {
  return better === 'less' ? before / ratio : ratio / before
}
