// A client's newest tickets as OpenSSL has them in memory. To read one back from its bytes, the server's certificate included, takes a tenth of a
// resumed connection's time at a client. SSL_CTX_sess_set_new_cb(3).
import { Buffer } from 'node:buffer'
import { wipe } from '../arena.ts'
import { openSsl } from '../binding/openssl.ts'

/** Tickets that are kept: those of as many connections may come before one is used. Each takes some 2 KB, and 5 KB of certificate where the handshake was full. */
const MAX_LIVE_TICKETS = 64

/** Bytes of one that is kept, at most. A server may make them longer, to have a client hold more, and the usual ones have 1 KB. */
const MAX_LENGTH = 4096

interface LiveTicket {
  /** As it was handed out: a copy. */
  readonly bytes: Buffer
  /** OpenSSL's session, of which one reference is ours. */
  readonly session: number
}

/** Those of one context. Bytes stay what a ticket is: what is not here, or not any more, is read from them. */
export class LiveTickets {
  /** The oldest first. */
  readonly #tickets: LiveTicket[] = []
  #released = false

  /** Keeps the caller's reference to a session together with its ticket. False where it does not, and the reference stays the caller's. */
  keep(bytes: Uint8Array, session: number): boolean {
    if (this.#released || bytes.length > MAX_LENGTH) return false
    if (this.#tickets.length === MAX_LIVE_TICKETS) drop(this.#tickets.shift()!)
    this.#tickets.push({ bytes: Buffer.from(bytes), session })
    return true
  }

  /** The session of a ticket, with the reference to it, which is the caller's from now on; 0 where it is not here. */
  take(bytes: Uint8Array): number {
    for (let index = this.#tickets.length - 1; index >= 0; index--) {
      const ticket = this.#tickets[index]!
      if (!ticket.bytes.equals(bytes)) continue
      this.#tickets.splice(index, 1)
      wipe(ticket.bytes, 0, ticket.bytes.length)
      return ticket.session
    }
    return 0
  }

  /** Frees what is here, and keeps nothing any more. */
  release(): void {
    this.#released = true
    for (const ticket of this.#tickets.splice(0)) drop(ticket)
  }
}

function drop({ bytes, session }: LiveTicket): void {
  wipe(bytes, 0, bytes.length)
  openSsl().SSL_SESSION_free(session)
}
