// How long names take to be looked up, whichever protocol asks.
import { lookup as lookupByDns } from 'node:dns'
import type { LookupFunction } from 'node:net'

export class TimedLookup {
  #millis: number | null = null

  /** As dns.lookup. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    const began = performance.now()
    lookupByDns(hostname, options, (error: NodeJS.ErrnoException | null, address: Parameters<typeof callback>[1], family?: number) => {
      this.#millis ??= performance.now() - began
      callback(error, address, family)
    })
  }

  /** Milliseconds that the first lookup since the last call took, whole ones; null where there was none. */
  take(): number | null {
    const millis = this.#millis
    this.#millis = null
    return millis === null ? null : Math.round(millis)
  }
}
