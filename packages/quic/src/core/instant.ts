// Time as the core knows it. The core has no clock: every moment is given in.

/** A moment, in milliseconds with a fraction, on whatever monotonic clock the caller keeps. Durations use the same unit. */
export type Instant = number
