// Where an origin can be reached by HTTP/3, out of all that tells: announcements, DNS, and what the user knows. RFC 9114 section 3.1.
import { isIP } from 'node:net'
import type { Alternative } from './alt-svc.ts'
import type { AltSvcCache } from './alt-svc-cache.ts'
import type { BrokenAlternatives } from './broken.ts'
import type { Clock } from './clock.ts'
import type { HttpsRecords } from './https-records.ts'

/** How an agent comes to HTTP/3. */
export type Http3Use = 'discovered' | 'assumed' | 'only'

interface WhereaboutsOptions {
  readonly http3: Http3Use
  readonly altSvc: AltSvcCache
  readonly broken: BrokenAlternatives
  readonly httpsRecords: HttpsRecords | null
  readonly clock: Clock
}

/** Says where to try HTTP/3 for an origin. */
export class Whereabouts {
  readonly #options: WhereaboutsOptions

  constructor(options: WhereaboutsOptions) {
    this.#options = options
  }

  /** The first alternative that did not fail lately; a promise where DNS must be asked first, null where there is none. */
  find(origin: URL): Alternative | Promise<Alternative | null> | null {
    const { http3, altSvc, httpsRecords, clock } = this.#options
    // Asked for by name, failures of the past are no reason not to try.
    if (http3 === 'only') return itself(origin)
    const announced = altSvc.find(origin.origin, clock.now()).find((alternative) => this.#mayWork(alternative))
    if (announced !== undefined) return announced
    if (http3 === 'assumed' && this.#mayWork(itself(origin))) return itself(origin)
    if (httpsRecords === null || isIP(itself(origin).host) !== 0) return null
    return httpsRecords.find(origin).then((alternative) => (alternative !== null && this.#mayWork(alternative) ? alternative : null))
  }

  #mayWork(alternative: Alternative): boolean {
    return !this.#options.broken.has(alternative, this.#options.clock.now())
  }
}

/** The origin's own host and port, by UDP. RFC 9114 section 3.1. */
export function itself(origin: URL): Alternative {
  return { host: origin.hostname.replace(/^\[(.*)\]$/, '$1'), port: origin.port === '' ? 443 : Number(origin.port) }
}
