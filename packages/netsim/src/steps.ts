// A path that changes as time goes: which values hold at a moment.
import type { Impairments } from './options.ts'

export interface PathNow {
  readonly bitsPerSecond: number
  readonly delayMillis: number
}

/** What the path is `now`: as the last step says that has come, and as the options say where it is silent or none has. */
export function stepAt(options: Impairments, now: number): PathNow {
  const { steps, stepsEveryMillis } = options
  if (steps.length === 0) return options
  const since = now % stepsEveryMillis
  const step = steps.findLast(({ fromMillis }) => fromMillis <= since)
  return step === undefined ? options : { bitsPerSecond: options.bitsPerSecond, delayMillis: options.delayMillis, ...step }
}
