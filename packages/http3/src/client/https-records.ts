// HTTPS records: DNS says where HTTP/3 is before the first request. RFC 9460 sections 2.4, 7 and 9.
import type { Alternative } from './alt-svc.ts'
import type { Clock } from './clock.ts'
import { HTTPS_RECORD_MILLIS, MAX_HTTPS_RECORD_NAMES, MAX_HTTPS_RECORDS } from './limits.ts'

/** One HTTPS record in ServiceMode, as far as it is of use here. */
export interface HttpsRecord {
  /** SvcPriority, 1 to 65535; lower ones come first. Records with 0 are aliases, which the resolver follows; here they are passed over. */
  readonly priority: number
  /** TargetName; `.` is the name itself. */
  readonly target: string
  /** Protocols by their ALPN names; of use if `h3` is among them. */
  readonly alpn: readonly string[]
  /** Default: the origin's. */
  readonly port?: number
}

/**
 * Looks up the HTTPS records of a name, which has the port in it where that is not 443 (`_8443._https.example.com`, RFC 9460 section 9.1). node:dns has no such
 * lookup, hence a function. What it rejects with is as good as no records.
 */
export type HttpsRecordResolver = (name: string) => Promise<readonly HttpsRecord[]>

interface Answer {
  readonly expires: number
  readonly alternative: Promise<Alternative | null>
}

/** Asks for each origin once a minute at most, whoever wants to know. */
export class HttpsRecords {
  readonly #resolve: HttpsRecordResolver
  readonly #clock: Clock
  readonly #answers = new Map<string, Answer>()

  constructor(resolve: HttpsRecordResolver, clock: Clock) {
    this.#resolve = resolve
    this.#clock = clock
  }

  /** Where the records say that HTTP/3 is; null where they do not. Never rejects. */
  find(origin: URL): Promise<Alternative | null> {
    const name = queryName(origin)
    const now = this.#clock.now()
    const known = this.#answers.get(name)
    if (known !== undefined && known.expires > now) return known.alternative
    const alternative = this.#ask(name, origin)
    this.#answers.delete(name)
    this.#answers.set(name, { expires: now + HTTPS_RECORD_MILLIS, alternative })
    if (this.#answers.size > MAX_HTTPS_RECORD_NAMES) this.#answers.delete(this.#answers.keys().next().value!)
    return alternative
  }

  async #ask(name: string, origin: URL): Promise<Alternative | null> {
    const usable = (await this.#records(name))
      .slice(0, MAX_HTTPS_RECORDS)
      .filter(({ priority, alpn, port = 443 }) => priority > 0 && alpn.includes('h3') && port >= 1 && port <= 65_535)
      .sort((a, b) => a.priority - b.priority)[0]
    if (usable === undefined) return null
    const host = usable.target === '.' || usable.target === '' ? origin.hostname : usable.target.replace(/\.$/, '')
    return { host: host.toLowerCase(), port: usable.port ?? portOf(origin) }
  }

  /** A resolver that fails knows of none: HTTP/2 and 1.1 need no records. */
  async #records(name: string): Promise<readonly HttpsRecord[]> {
    try {
      return await this.#resolve(name)
    } catch {
      return []
    }
  }
}

function queryName(origin: URL): string {
  const port = portOf(origin)
  return port === 443 ? origin.hostname : `_${port}._https.${origin.hostname}`
}

function portOf(origin: URL): number {
  return origin.port === '' ? 443 : Number(origin.port)
}
