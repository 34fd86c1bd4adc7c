// Which addresses did not answer by HTTP/3, so that they are not asked at every request: mostly networks that drop UDP.
import type { Alternative } from './alt-svc.ts'
import { BROKEN_FIRST_MILLIS, BROKEN_MOST_MILLIS, MAX_BROKEN } from './limits.ts'

interface Failure {
  /** When it may be tried again, milliseconds. */
  readonly until: number
  readonly waitMillis: number
}

/** Remembers failures, each time for twice as long. Times are milliseconds of any clock that is always the same. */
export class BrokenAlternatives {
  readonly #failures = new Map<string, Failure>()

  /** Whether it failed lately. */
  has(alternative: Alternative, now: number): boolean {
    const failure = this.#failures.get(keyOf(alternative))
    return failure !== undefined && failure.until > now
  }

  /** Nobody answered, or not as the origin. */
  failed(alternative: Alternative, now: number): void {
    const key = keyOf(alternative)
    const before = this.#failures.get(key)
    // Attempts that were made side by side failed once.
    if (before !== undefined && before.until > now) return
    const waitMillis = before === undefined ? BROKEN_FIRST_MILLIS : Math.min(before.waitMillis * 2, BROKEN_MOST_MILLIS)
    this.#failures.delete(key)
    this.#failures.set(key, { until: now + waitMillis, waitMillis })
    if (this.#failures.size > MAX_BROKEN) this.#failures.delete(this.#failures.keys().next().value!)
  }

  /** It answered: what was is forgotten. */
  worked(alternative: Alternative): void {
    this.#failures.delete(keyOf(alternative))
  }

  /** What did not answer on one network may on another. */
  networkChanged(): void {
    this.#failures.clear()
  }
}

function keyOf({ host, port }: Alternative): string {
  return `${host} ${port}`
}
