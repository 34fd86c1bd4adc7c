// Which field lines go into the dynamic table. An insertion costs as much as a literal, and pays when the line comes again: so what has come again is
// inserted, and at first sight only what by its nature stays the same. RFC 9204 section 2.1, 7.1.
import { entrySize } from './dynamic-table.ts'
import { MAX_REMEMBERED_NAMES } from './limits.ts'

/** Names whose value seldom changes during a connection. */
const STEADY: ReadonlySet<string> = new Set([
  ':authority',
  ':protocol',
  'accept',
  'accept-encoding',
  'accept-language',
  'accept-ranges',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'alt-svc',
  'cache-control',
  'content-encoding',
  'content-security-policy',
  'content-type',
  'origin',
  'permissions-policy',
  'priority',
  'referrer-policy',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'server',
  'strict-transport-security',
  'te',
  'user-agent',
  'vary',
  'via',
  'x-content-type-options',
  'x-frame-options',
  'x-powered-by',
])

/** Names whose values are credentials. RFC 9204 section 7.1.3. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'set-cookie'])

/** Shorter cookies have too little entropy to withstand guessing, a compressed line at a time (RFC 9204 section 7.1.3). */
const SHORTEST_INDEXED_COOKIE = 20

/** Values remembered of one name: a page's requests alternate between a few. */
const RECENT_VALUES = 4

/** New values in a row after which a name is no longer taken for steady: it only pushes others out, or somebody guesses (RFC 9204 section 7.1.2). */
const MAX_CHANGES = 8

/** The part of the table that one line may take. */
const LARGEST_SHARE = 4

/** The part of the table, one in so many, in which entries are draining: kept for insertions. RFC 9204 section 2.1.1.1. */
const DRAINING_SHARE = 4

/** What an encoder makes of its freedom: every choice is right, and some are shorter. RFC 9204 section 2.1. */
export interface Indexing {
  /** One part in so many of the capacity is kept for insertions. */
  readonly drainingShare: number
  /** Whether the value must travel as a literal on every hop. RFC 9204 section 7.1.3. */
  isSensitive(name: string, value: string): boolean
  /** Whether a line that is in neither table is to be inserted; called once for each time that it is sent. */
  isWorthInserting(name: string, value: string, capacity: number): boolean
  /** Whether a name that is in neither table has come with so many values that an entry for the name alone pays. */
  isNameWorthInserting(name: string, capacity: number): boolean
}

interface Recent {
  readonly values: string[]
  /** Where the next value goes. */
  at: number
  changes: number
}

/** Remembers what came of late, and decides what is worth a place. */
export class IndexingPolicy implements Indexing {
  readonly drainingShare: number = DRAINING_SHARE
  readonly #recent = new Map<string, Recent>()

  isSensitive(name: string, value: string): boolean {
    return name === 'cookie' ? value.length < SHORTEST_INDEXED_COOKIE : CREDENTIALS.has(name)
  }

  isWorthInserting(name: string, value: string, capacity: number): boolean {
    if (entrySize(name, value) * LARGEST_SHARE > capacity) return false
    const recent = this.#recentOf(name)
    if (recent.values.includes(value)) {
      recent.changes = 0
      return true
    }
    recent.values[recent.at] = value
    recent.at = (recent.at + 1) % RECENT_VALUES
    return ++recent.changes <= MAX_CHANGES && STEADY.has(name)
  }

  isNameWorthInserting(name: string, capacity: number): boolean {
    if (entrySize(name, '') * LARGEST_SHARE > capacity) return false
    return (this.#recent.get(name)?.changes ?? 0) > RECENT_VALUES
  }

  #recentOf(name: string): Recent {
    const known = this.#recent.get(name)
    if (known !== undefined) return known
    const recent: Recent = { values: [], at: 0, changes: 0 }
    if (this.#recent.size >= MAX_REMEMBERED_NAMES) this.#recent.delete(this.#recent.keys().next().value!)
    this.#recent.set(name, recent)
    return recent
  }
}
