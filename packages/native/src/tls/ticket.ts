// Session tickets as bytes, and when one may be used. RFC 8446 section 4.6.1, RFC 9001 section 4.5.
//
// A resumed session does not check the certificate again, so a ticket stands for the checks made when it was issued. Each is bound to those
// by OpenSSL's session id context: the server name, whether it was verified, and as whom we came. A ticket for another name, from an unverified
// session, or of somebody else, is not used.
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { addressOf } from '../arena.ts'
import { foreignMemory } from '../binding/foreign-memory.ts'
import { openSsl } from '../binding/openssl.ts'
import { lent, scratch } from '../scratch.ts'
import { decodeDer, encodeDer } from './der.ts'
import type { LiveTickets } from './live-tickets.ts'

/** SSL_MAX_SID_CTX_LENGTH. */
const BINDING_LENGTH = 32

/** What a ticket of a session with this server stands for; `identity` is the fingerprint of our own certificate, or null. */
function ticketBinding(servername: string, verified: boolean, identity: string | null): Buffer {
  return createHash('sha256')
    .update(`${verified ? 'verified' : 'unverified'} ${servername.toLowerCase()} ${identity ?? ''}`)
    .digest()
    .subarray(0, BINDING_LENGTH)
}

/** What goes with a server's name. */
interface Bound {
  readonly binding: Buffer
  readonly isAddress: boolean
}

/** The bindings of one context's sessions: made again only where the next session asks for another server. */
export class TicketBindings {
  readonly #verified: boolean
  readonly #identity: string | null
  #servername: string | null = null
  #last: Bound = { binding: Buffer.alloc(0), isAddress: false }

  constructor(verified: boolean, identity: string | null) {
    this.#verified = verified
    this.#identity = identity
  }

  of(servername: string): Bound {
    if (servername !== this.#servername) {
      this.#last = { binding: ticketBinding(servername, this.#verified, this.#identity), isAddress: isIP(servername) !== 0 }
      this.#servername = servername
    }
    return this.#last
  }
}

/** Binds the tickets that a session will receive. */
export function bindTickets(ssl: number, binding: Buffer): void {
  openSsl().SSL_set_session_id_context(ssl, lent(binding), binding.length)
}

/** Offers a ticket for resumption. False, and no harm done, if it cannot be read or is bound to something else. */
export function offerTicket(ssl: number, ticket: Uint8Array, binding: Buffer, live: LiveTickets): boolean {
  const functions = openSsl()
  const session = live.take(ticket) || decodeDer(functions.d2i_SSL_SESSION, ticket)
  if (session === 0) {
    functions.ERR_clear_error()
    return false
  }
  const offered = boundTo(session).equals(binding) && functions.SSL_set_session(ssl, session) === 1
  functions.SSL_SESSION_free(session) // the SSL has a reference of its own
  return offered
}

/** OpenSSL's session as bytes for `offerTicket`, or null if it cannot be kept. */
export function serializeTicket(session: number): Buffer | null {
  return encodeDer(openSsl().i2d_SSL_SESSION, session)
}

/** What a server remembered in a ticket that came back. */
export function ticketData(session: number): Buffer {
  const out = scratch(16)
  const at = addressOf(out)
  if (session === 0 || openSsl().SSL_SESSION_get0_ticket_appdata(session, at, at + 8) !== 1) return Buffer.alloc(0)
  const [address, length] = [out.view.getBigUint64(0, true), out.view.getBigUint64(8, true)]
  return foreignMemory().read(Number(address), Number(length))
}

function boundTo(session: number): Buffer {
  const length = scratch(8)
  const address = openSsl().SSL_SESSION_get0_id_context(session, addressOf(length))
  return foreignMemory().read(address, length.view.getUint32(0, true))
}
