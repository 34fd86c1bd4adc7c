// What servers announced by Alt-Svc, while it is fresh. RFC 7838 sections 2.2 and 3.1.
import { type Alternative, parseAltSvc } from './alt-svc.ts'
import { MAX_ALT_SVC_AGE_SECONDS, MAX_ALT_SVC_LENGTH, MAX_ALT_SVC_ORIGINS } from './limits.ts'

/** An alternative service of an origin, as it is kept: plain data that JSON can carry. */
export interface StoredAlternative extends Alternative {
  /** When it is no longer fresh: milliseconds since 1970. */
  readonly expires: number
  /** It outlasts a change of the network. RFC 7838 section 3.1. */
  readonly persist: boolean
}

/**
 * Where alternatives are kept, by origin (`https://example.com`): a `Map` is one, which can be filled beforehand and saved at the end. At most 1024 origins are kept
 * in it, the latest heard from.
 */
export interface AltSvcStore {
  /** How many origins it holds. */
  readonly size: number
  /** What is known of an origin. */
  get(origin: string): readonly StoredAlternative[] | undefined
  /** Keeps what is known of an origin, as the latest. */
  set(origin: string, alternatives: readonly StoredAlternative[]): unknown
  /** Forgets an origin. */
  delete(origin: string): unknown
  /** All origins, those first that were set first. */
  keys(): Iterable<string>
}

/** Reads and keeps what servers announce. Times are milliseconds since 1970. */
export class AltSvcCache {
  readonly #store: AltSvcStore

  constructor(store: AltSvcStore) {
    this.#store = store
  }

  /**
   * Takes in the field of a response that came from `origin`, whose authority TLS has shown: one on plain HTTP says nothing (RFC 7838 section 2.1). A new value
   * replaces all that were known. `age` is what the response's Age field says, in seconds, since freshness counts from when it was made.
   */
  learn(origin: string, value: string | readonly string[], age: number, now: number): void {
    if (!origin.startsWith('https:')) return
    // Lines of a list field are one list. RFC 9110 section 5.3.
    const text = typeof value === 'string' ? value : joined(value)
    const announced = parseAltSvc(text, hostOf(origin))
    if (announced === null) return
    this.#store.delete(origin)
    if (announced === 'clear') return
    const kept = announced
      .map(({ host, port, maxAge, persist }) => ({
        host,
        port,
        persist,
        expires: now + (Math.min(maxAge, MAX_ALT_SVC_AGE_SECONDS) - age) * 1000,
      }))
      .filter(({ expires }) => expires > now)
    if (kept.length > 0) this.#store.set(origin, kept)
    if (this.#store.size > MAX_ALT_SVC_ORIGINS) this.#forgetOldest()
  }

  /** What is fresh, in the server's order. */
  find(origin: string, now: number): readonly Alternative[] {
    const known = this.#store.get(origin)
    if (known === undefined) return []
    const fresh = known.filter(({ expires }) => expires > now)
    if (fresh.length === 0) this.#store.delete(origin)
    return fresh
  }

  /** The origin disowned what was announced: 421 (Misdirected Request). RFC 7838 section 6. */
  forget(origin: string): void {
    this.#store.delete(origin)
  }

  /** On another network only what says `persist` still holds. RFC 7838 section 2.2. */
  networkChanged(): void {
    for (const origin of [...this.#store.keys()]) {
      const lasting = (this.#store.get(origin) ?? []).filter(({ persist }) => persist)
      if (lasting.length === 0) this.#store.delete(origin)
      else this.#store.set(origin, lasting)
    }
  }

  #forgetOldest(): void {
    for (const oldest of this.#store.keys()) {
      this.#store.delete(oldest)
      if (this.#store.size <= MAX_ALT_SVC_ORIGINS) return
    }
  }
}

/** As one value; beyond what is read of one, the length alone matters. */
function joined(values: readonly string[]): string {
  let text = ''
  for (const value of values) {
    text += text === '' ? value : `, ${value}`
    if (text.length > MAX_ALT_SVC_LENGTH) break
  }
  return text
}

function hostOf(origin: string): string {
  return new URL(origin).hostname.replace(/^\[(.*)\]$/, '$1')
}
