// TLS contexts of clients, by what they are made of: sessions that share an endpoint mostly ask for the same, and to make one, with the certificates
// that it trusts, takes longer than to make all else of a session.
// Not by name: an older Node has no getCACertificates, and must get as far as the sentence that says so.
import tls from 'node:tls'
import type { TlsContext, TlsContextOptions } from '@millrace/native'

/** Contexts that are kept for the next session: clients of one endpoint ask for few kinds, and a context with all that Node trusts holds about 1 MB. */
const MAX_KEPT = 8

interface Entry {
  readonly options: TlsContextOptions
  readonly logs: string
  /** What Node trusts, where that was asked for: another list once a user has set another. */
  readonly trusted: readonly string[] | null
  readonly context: TlsContext
  /** Sessions that may still begin a handshake with it. */
  users: number
  kept: boolean
}

/** A session's hold on a context. */
export interface Lease {
  readonly context: TlsContext
  /** Must be called once. */
  release(): void
}

export class ClientContexts {
  /** The latest used last. */
  readonly #kept: Entry[] = []

  /** A context for these options, from `make` where there is none yet. `logs` says who hears its key log. */
  lease(options: TlsContextOptions, logs: string, make: (options: TlsContextOptions) => TlsContext): Lease {
    const trusted = options.ca === undefined && options.rejectUnauthorized !== false ? defaultTrust() : null
    const known = this.#kept.findIndex((entry) => entry.logs === logs && entry.trusted === trusted && same(entry.options, options))
    const entry =
      known >= 0 ? this.#kept.splice(known, 1)[0]! : { options: copy(options), logs, trusted, context: make(options), users: 0, kept: true }
    this.#kept.push(entry)
    if (this.#kept.length > MAX_KEPT) drop(this.#kept.shift()!)
    entry.users++
    return {
      context: entry.context,
      release() {
        entry.users--
        freeUnused(entry)
      },
    }
  }

  /** Keeps none any more: no session will begin. */
  clear(): void {
    for (const entry of this.#kept.splice(0)) drop(entry)
  }
}

function drop(entry: Entry): void {
  entry.kept = false
  freeUnused(entry)
}

function freeUnused(entry: Entry): void {
  if (!entry.kept && entry.users === 0) entry.context.release()
}

/** Null on a Node that has no such list: the context says what is wrong with it. */
function defaultTrust(): readonly string[] | null {
  return typeof tls.getCACertificates === 'function' ? tls.getCACertificates('default') : null
}

/** Whether options say the same: text, flags, bytes, and lists and objects of those. */
function same(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (one instanceof Uint8Array || other instanceof Uint8Array)
    return one instanceof Uint8Array && other instanceof Uint8Array && Buffer.compare(one, other) === 0
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => same(one[name as never], other[name as never]))
}

/** Options that do not change when whoever gave them changes theirs. */
function copy<T>(options: T): T {
  if (options instanceof Uint8Array) return Uint8Array.from(options) as T
  if (Array.isArray(options)) return options.map(copy) as T
  if (typeof options !== 'object' || options === null) return options
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, copy(value)])) as T
}
