// Runs one target on changed inputs for a while, and judges: only declared errors, no hang, no memory kept.
import { Random } from '@millrace/netsim'
import { mutate } from './mutate.ts'
import type { Target } from './target.ts'

export interface Crash {
  readonly target: string
  readonly what: string
  readonly input: Uint8Array
}

export interface Findings {
  readonly runs: number
  /** Different things that came of inputs. */
  readonly outcomes: number
  readonly crash: Crash | null
}

/** An input that takes longer hangs: all of them are a few thousand bytes. */
const HANG_MILLIS = 1000
/** Inputs that are kept for further change; the oldest found make way. */
const MAX_POOL = 2000
/** Bytes by which the heap may have grown from the first tenth of the time to the end. */
const MAX_GROWTH = 64 * 1024 * 1024
const RUNS_BETWEEN_LOOKS = 64

/** `until` is asked now and then whether to stop; `now` tells milliseconds. */
export function fuzz(target: Target, corpus: readonly Uint8Array[], seed: number, until: (runs: number) => boolean): Findings {
  const random = new Random(seed)
  const pool = [...corpus]
  const seen = new Set<string>()
  let runs = 0
  let heap = 0
  const found = (input: Uint8Array): Findings | null => {
    const what = judge(target, input, (outcome) => {
      if (seen.has(outcome)) return
      seen.add(outcome)
      if (runs < corpus.length) return
      if (pool.length < MAX_POOL) pool.push(input)
      else pool[random.below(MAX_POOL)] = input
    })
    runs++
    return what === null ? null : { runs, outcomes: seen.size, crash: { target: target.name, what, input: minimised(target, input, what) } }
  }
  for (const input of corpus) {
    const findings = found(input)
    if (findings !== null) return findings
  }
  for (;;) {
    for (let count = 0; count < RUNS_BETWEEN_LOOKS; count++) {
      const findings = found(mutate(pool[random.below(pool.length)]!, pool[random.below(pool.length)]!, random))
      if (findings !== null) return findings
    }
    if (heap === 0 && runs > 2000) heap = settledHeap()
    if (until(runs)) break
  }
  const growth = heap === 0 ? 0 : settledHeap() - heap
  const crash = growth > MAX_GROWTH ? { target: target.name, what: `${growth} bytes of memory are kept`, input: new Uint8Array(0) } : null
  return { runs, outcomes: seen.size, crash }
}

/** What is wrong with what the target does with an input; null when nothing is. */
export function judge(target: Target, input: Uint8Array, tell: (outcome: string) => void = () => {}): string | null {
  const started = performance.now()
  try {
    tell(target.run(input))
  } catch (error) {
    if (!target.declared(error)) return error instanceof Error ? `${error.stack}` : String(error)
    tell(`${(error as Error).name} ${(error as Error).message.replaceAll(/\d+/g, '#')}`)
  }
  const millis = performance.now() - started
  return millis > HANG_MILLIS ? `it takes ${millis.toFixed(0)} ms` : null
}

/** The shortest input found that does the same: pieces are left out as long as that can be done. */
export function minimised(target: Target, input: Uint8Array, what: string): Uint8Array {
  const isSame = (candidate: Uint8Array): boolean => {
    const other = judge(target, candidate)
    return other !== null && kind(other) === kind(what)
  }
  let best = input
  for (let piece = best.length >> 1; piece > 0; piece >>= 1) {
    for (let at = 0; at < best.length; ) {
      const candidate = new Uint8Array([...best.subarray(0, at), ...best.subarray(at + piece)])
      if (isSame(candidate)) best = candidate
      else at += piece
    }
  }
  return best
}

/** What is said, and where; figures differ between inputs. */
function kind(what: string): string {
  return what.split('\n').slice(0, 2).join('\n').replaceAll(/\d+/g, '#')
}

function settledHeap(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
