// What an application protocol lays down for 0-RTT, beside the limits that QUIC itself remembers: HTTP/3, its SETTINGS (RFC 9114 section 7.2.4.2). The server's
// terms are sealed in its tickets; the client keeps with a ticket what it will hold to. RFC 9001 sections 4.5 and 4.6.3.
import { MAX_EARLY_DATA_TERMS } from '../core/limits.ts'
import { withTerms } from '../core/session-ticket.ts'

/** Server: under which terms of an application protocol's 0-RTT is accepted. */
export interface EarlyDataTerms {
  /** What is granted now, to be sealed in tickets: 1 to 1024 bytes. Asked for each connection. */
  granted(): Uint8Array
  /** Whether a client that holds to what `granted` was, when its ticket was made, breaks nothing that holds now. If not, 0-RTT is refused, and the session goes on. */
  honours(granted: Uint8Array): boolean
}

/** Tickets that wait for terms: as many as a store keeps of one server. The oldest give way. */
const MAX_WAITING = 4

/** Client: what outlives a session. */
export interface KeptOfSession {
  /** The terms that came with the ticket which this session resumes; null for none. */
  readonly earlierTerms: Uint8Array | null
  /** Keeps a ticket for later sessions. */
  keepTicket(ticket: Uint8Array): void
}

/** Client: what becomes of the tickets of one session. */
export class SessionTickets {
  readonly earlierTerms: Uint8Array | null
  readonly #kept: KeptOfSession
  readonly #tell: (ticket: Uint8Array) => void
  /** Null while nobody has anything to say before tickets are told. */
  #waiting: Uint8Array[] | null = null
  #terms: Uint8Array | null = null

  /** `tell` hears of each ticket when it is complete, beside what keeps it. */
  constructor(kept: KeptOfSession, tell: (ticket: Uint8Array) => void) {
    this.earlierTerms = kept.earlierTerms
    this.#kept = kept
    this.#tell = tell
  }

  /** One came, of `encodeSessionTicket`. */
  received(ticket: Uint8Array): void {
    if (this.#waiting === null) this.#complete(this.#terms === null ? ticket : withTerms(ticket, this.#terms))
    else this.#waiting = [...this.#waiting, ticket].slice(-MAX_WAITING)
  }

  /** Tickets wait until the terms are there, and go without if they will never be, or are too long. */
  remember(terms: Promise<Uint8Array>): void {
    this.#waiting ??= []
    terms.then(
      (known) => this.#goOn(known.length <= MAX_EARLY_DATA_TERMS ? known : null),
      () => this.#goOn(null),
    )
  }

  #complete(ticket: Uint8Array): void {
    this.#kept.keepTicket(ticket)
    this.#tell(ticket)
  }

  #goOn(terms: Uint8Array | null): void {
    const waiting = this.#waiting ?? []
    this.#waiting = null
    this.#terms = terms
    for (const ticket of waiting) this.received(ticket)
  }
}
