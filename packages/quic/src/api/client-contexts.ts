// TLS contexts of clients, by what they are made of: sessions that share an endpoint mostly ask for the same, and to make one, with the certificates
// that it trusts, takes longer than to make all else of a session.
// Not by name: an older Node has no getCACertificates, and must get as far as the sentence that says so.
import tls from 'node:tls'
import type { TlsContext, TlsContextOptions } from '@millrace/native'
import { same } from './same-options.ts'

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
  /** The latest used first. */
  readonly #kept: Entry[] = []

  /** A context for these options, which must stay as they are, from `make` where there is none yet. `logs` says who hears its key log. */
  lease(options: TlsContextOptions, logs: string, make: (options: TlsContextOptions) => TlsContext): Lease {
    const trusted = options.ca === undefined && options.rejectUnauthorized !== false ? defaultTrust() : null
    const known = this.#kept.findIndex((entry) => entry.logs === logs && entry.trusted === trusted && same(entry.options, options))
    const entry = known >= 0 ? this.#kept[known]! : { options, logs, trusted, context: make(options), users: 0, kept: true }
    if (known !== 0) this.#putFirst(entry, known)
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

  /** `from`: where it is; less than 0 where it is new. */
  #putFirst(entry: Entry, from: number): void {
    if (from > 0) this.#kept.splice(from, 1)
    this.#kept.unshift(entry)
    if (this.#kept.length > MAX_KEPT) drop(this.#kept.pop()!)
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
