// Time, as agents use it. Given in, so that tests need not wait for it.

/** A clock and its alarms. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Does something in so many milliseconds; gives back how to call it off. It does not keep the process alive. */
  after(millis: number, act: () => void): () => void
}

/** The machine's. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(millis, act) {
    const timer = setTimeout(act, millis).unref()
    return () => clearTimeout(timer)
  },
}
