// What an operation, or a byte, costs while 1, 10, 100 or 1,000 streams or connections are at it: CPU time of this process, the least of several tries,
// since whatever else the machine does only ever adds.
import { Load, type Size } from './load.ts'

export const COUNTS: readonly number[] = [1, 10, 100, 1000]

export interface Curve {
  readonly name: string
  readonly unit: 'us per stream' | 'ns per byte'
  readonly points: readonly Point[]
}

export interface Point {
  /** Streams, or connections. */
  readonly count: number
  readonly cost: number
}

/** One of the curves. */
export interface Question {
  readonly name: string
  readonly unit: Curve['unit']
  readonly size: (count: number) => Size
  /** Of each stream. */
  readonly bytes: number
  /** Streams in one try; with more at once, each gets one at least. */
  readonly streams: number
}

const MANY = (count: number): Size => ({ connections: 1, streams: count })
const APART = (count: number): Size => ({ connections: count, streams: 1 })

export const QUESTIONS: readonly Question[] = [
  { name: 'streams of 100 bytes, so many at once', unit: 'us per stream', size: MANY, bytes: 100, streams: 4000 },
  { name: 'bytes, over so many streams at once', unit: 'ns per byte', size: MANY, bytes: 10_000, streams: 1000 },
  { name: 'streams of 100 bytes, one on each of so many connections', unit: 'us per stream', size: APART, bytes: 100, streams: 4000 },
  { name: 'bytes, over so many connections', unit: 'ns per byte', size: APART, bytes: 10_000, streams: 1000 },
]

const TRIES = 4

export function curve(question: Question, tries: number = TRIES): Curve {
  // Else the first points would show how code is compiled.
  for (const count of COUNTS) cost(question, count, 1)
  return { name: question.name, unit: question.unit, points: COUNTS.map((count) => ({ count, cost: cost(question, count, tries) })) }
}

/** The least of so many tries. The first of all is not counted: code is not compiled yet, and pools are empty. */
export function cost({ size, bytes, streams, unit }: Question, count: number, tries: number): number {
  using load = new Load(size(count))
  load.upload(streams, bytes)
  let least = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < tries; turn++) {
    const before = process.cpuUsage()
    load.upload(streams, bytes)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, user + system)
  }
  return unit === 'us per stream' ? least / streams : (least * 1000) / (streams * bytes)
}
