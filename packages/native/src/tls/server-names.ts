// Which certificate a server shows. RFC 6066 section 3 (server_name), RFC 9525 section 6.3 (wildcards: the whole leftmost label, one label
// only).

/** The key of the entry for clients that give no name, or one that is not listed. */
export const DEFAULT_NAME = '*'

/** Entries by host name: exact names first, then `*.example.com`, then `*`. Names are compared without regard to case or a final dot. */
export class ServerNames<T> {
  readonly #entries = new Map<string, T>()
  /** Whether there are others than the one for all names. Many servers have none, and need not look at what clients ask for. */
  readonly #hasNames: boolean

  constructor(entries: Iterable<readonly [name: string, entry: T]>) {
    for (const [name, entry] of entries) this.#entries.set(normal(name), entry)
    this.#hasNames = [...this.#entries.keys()].some((name) => name !== DEFAULT_NAME)
  }

  find(servername: string | null): T | undefined {
    if (servername !== null && this.#hasNames) {
      const name = normal(servername)
      const exact = this.#entries.get(name)
      // A client that asks for the literal name `*` must not pick an entry by it.
      if (exact !== undefined && !name.startsWith(DEFAULT_NAME)) return exact
      const dot = name.indexOf('.')
      const wildcard = dot > 0 ? this.#entries.get(`*${name.slice(dot)}`) : undefined
      if (wildcard !== undefined) return wildcard
    }
    return this.#entries.get(DEFAULT_NAME)
  }
}

function normal(name: string): string {
  const lower = name.toLowerCase()
  return lower.endsWith('.') ? lower.slice(0, -1) : lower
}
