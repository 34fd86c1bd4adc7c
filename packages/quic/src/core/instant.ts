// Time as the core knows it. The core has no clock: every moment is given in.

/** A moment, in milliseconds with a fraction, on whatever monotonic clock the caller keeps. Durations use the same unit. */
export type Instant = number

/** Tells the moment of what is being done. */
export interface Clock {
  readonly now: Instant
}

/** The earlier of two moments; null is never. */
export function earlier(a: Instant | null, b: Instant | null): Instant | null {
  return a === null ? b : b === null ? a : Math.min(a, b)
}
