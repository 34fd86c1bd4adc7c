// Two ways to carry one request, HTTP/3 and the fallback: who is connected first has it. In the manner of RFC 8305, with transports in the place of addresses.
import type { Clock } from './clock.ts'
import { LAST_CHANCE_MILLIS } from './limits.ts'

/** A way to carry the request. It claims the request by itself once it could send it, or says that it cannot. */
export type Attempt = (onfailed: (error: Error) => void) => void

/** How a race is run. */
export interface RaceOptions {
  /** Milliseconds that the first has alone; Infinity: until it fails. */
  readonly headStartMillis: number
  readonly clock: Clock
  /** Whether somebody has the request already. */
  readonly isClaimed: () => boolean
  /** Neither can carry it: hears the error of the second, which is the way that everybody knows. */
  readonly onfailed: (error: Error) => void
}

/**
 * Begins the first, and the second after the head start, or at once when the first fails before. Never slower than the second alone by more than the head start; with
 * none, both begin together.
 */
export function race(first: Attempt, second: Attempt, { headStartMillis, clock, isClaimed, onfailed }: RaceOptions): void {
  const state = { firstFailed: false, secondBegan: false, secondError: null as Error | null }
  let callOff = (): void => {}
  const settle = (): void => {
    if (state.secondError === null) return
    if (state.firstFailed) onfailed(state.secondError)
    else clock.after(LAST_CHANCE_MILLIS, () => isClaimed() || onfailed(state.secondError!))
  }
  const beginSecond = (): void => {
    if (state.secondBegan || isClaimed()) return
    state.secondBegan = true
    callOff()
    second((error) => {
      state.secondError = error
      settle()
    })
  }
  first(() => {
    state.firstFailed = true
    beginSecond()
    settle()
  })
  if (headStartMillis === 0) beginSecond()
  else if (!state.secondBegan && headStartMillis !== Number.POSITIVE_INFINITY) callOff = clock.after(headStartMillis, beginSecond)
}
