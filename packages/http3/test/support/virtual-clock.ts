// Time that passes when a test says so.
import type { Clock } from '../../src/client/clock.ts'

interface Alarm {
  readonly at: number
  readonly act: () => void
}

/** Stands still until `pass` is called. */
export class VirtualClock implements Clock {
  #now: number
  #alarms: Alarm[] = []

  constructor(now = 0) {
    this.#now = now
  }

  /** Alarms that have not gone off. */
  get pending(): number {
    return this.#alarms.length
  }

  now(): number {
    return this.#now
  }

  after(millis: number, act: () => void): () => void {
    const alarm = { at: this.#now + millis, act }
    this.#alarms.push(alarm)
    return () => {
      this.#alarms = this.#alarms.filter((other) => other !== alarm)
    }
  }

  pass(millis: number): void {
    const until = this.#now + millis
    while (true) {
      const next = this.#alarms.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.#alarms = this.#alarms.filter((other) => other !== next)
      this.#now = Math.max(this.#now, next.at)
      next.act()
    }
    this.#now = until
  }
}
