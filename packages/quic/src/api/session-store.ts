// What clients keep of earlier sessions, to come back faster. RFC 9001 section 4.5, RFC 9000 section 8.1.3.

type Awaitable<T> = T | Promise<T>

/** `ticket` resumes a session, with the limits that 0-RTT needs in it; `token` shows that the client's address is real. */
export type SavedKind = 'ticket' | 'token'

/**
 * Where a client keeps tickets and tokens, by a key that stands for host, port, server name and application protocols. Both are secrets, and both serve
 * once: used twice, they link two connections (RFC 8446 appendix C.4). A store that fails costs a round trip and a warning, never a session.
 */
export interface SessionStore {
  /** The latest of its kind, which goes; undefined when there is none. */
  take(kind: SavedKind, server: string): Awaitable<Uint8Array | undefined>
  /** Keeps one more, which is the latest from now on. */
  put(kind: SavedKind, server: string, saved: Uint8Array): Awaitable<void>
}

/** Of each kind and server: as many as a server gives at once, and some for connections side by side. */
const MAX_OF_A_KIND = 4
/** Bytes: tickets have some hundreds, with client certificates some thousands. What is larger is not kept, so that no server fills the memory. */
const MAX_SAVED_LENGTH = 16_384

type Saved = Record<SavedKind, Uint8Array[]>

/** Keeps the latest 4 tickets and 4 tokens of each of the servers last heard from: of 256, or as many as it is told, in memory. */
export class MemorySessionStore implements SessionStore {
  readonly #servers = new Map<string, Saved>()
  readonly #maxServers: number

  constructor(options: { readonly maxServers?: number } = {}) {
    this.#maxServers = options.maxServers ?? 256
  }

  take(kind: SavedKind, server: string): Uint8Array | undefined {
    const saved = this.#servers.get(server)
    const latest = saved?.[kind].pop()
    if (saved !== undefined && saved.ticket.length + saved.token.length === 0) this.#servers.delete(server)
    return latest
  }

  /** Keeps one more; the oldest makes way. */
  put(kind: SavedKind, server: string, saved: Uint8Array): void {
    if (saved.length > MAX_SAVED_LENGTH) return
    const kept = this.#servers.get(server) ?? { ticket: [], token: [] }
    kept[kind] = [...kept[kind], saved].slice(-MAX_OF_A_KIND)
    this.#servers.delete(server)
    this.#servers.set(server, kept)
    if (this.#servers.size > this.#maxServers) this.#servers.delete(this.#servers.keys().next().value!)
  }
}

/** One server's place in a store; null where nothing is kept. */
export class SavedSessions {
  readonly #store: SessionStore | null
  readonly #server: string

  /** `address` as it was connected to. */
  constructor(store: SessionStore | null, address: string, servername: string, alpn: readonly string[]) {
    this.#store = store
    this.#server = store === null ? '' : `${address} ${servername} ${alpn.join(',')}`
  }

  /** Whether there may be something. */
  get isKept(): boolean {
    return this.#store !== null
  }

  async take(kind: SavedKind): Promise<Uint8Array | undefined> {
    try {
      const saved = (await this.#store?.take(kind, this.#server)) ?? undefined
      if (saved === undefined || saved instanceof Uint8Array) return saved
      throw new Error(`take() gave ${typeof saved}, no Uint8Array`)
    } catch (error) {
      warn(error)
      return undefined
    }
  }

  async put(kind: SavedKind, saved: Uint8Array): Promise<void> {
    try {
      await this.#store?.put(kind, this.#server, saved)
    } catch (error) {
      warn(error)
    }
  }
}

function warn(error: unknown): void {
  process.emitWarning(`A session goes on without its store: ${error instanceof Error ? error.message : String(error)}`, {
    code: 'MILLRACE_SESSION_STORE',
  })
}
