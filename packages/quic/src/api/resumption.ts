// What clients keep to come back faster, and how servers know a replay. RFC 9001 sections 4.5, 4.6 and 9.2, RFC 8446 section 8.
import { Buffer } from 'node:buffer'
import { MAX_EARLY_DATA_TERMS } from '../core/limits.ts'
import { decodeSessionTicket, encodeRemembered, grantsAtLeast, rememberedParameters } from '../core/session-ticket.ts'
import { decodeTicketData, encodeTicketData } from '../core/ticket-data.ts'
import type { TransportParameters } from '../core/wire/transport-parameters.ts'
import type { EarlyDataTerms } from './early-data-terms.ts'
import { wrong } from './option-checks.ts'
import type { SessionStore } from './session-store.ts'

/** Says which ClientHellos a server has seen. Servers that share `ticketKey` must share what stands behind this, too. */
export interface EarlyDataGuard {
  /** Whether early data is accepted for the ClientHello with this random; false for one that was seen before. `now` in milliseconds. */
  admit(clientRandom: Uint8Array, now: number): boolean
}

/**
 * TLS accepts early data only within 10 seconds of the time at which a ticket's age says that it was sent (RFC 8446 section 8.3), so a ClientHello
 * seen 20 seconds ago can come back no more.
 */
const WINDOW_MILLIS = 20_000
/** ClientHellos remembered in each of two windows; beyond them early data is refused, never accepted unseen. */
const MAX_SEEN = 65_536

/** ClientHello recording (RFC 8446 section 8.2) in memory, bounded. */
export class MemoryEarlyDataGuard implements EarlyDataGuard {
  #seen = new Set<string>()
  #before = new Set<string>()
  #since: number
  readonly #quietUntil: number

  /** With `restarted` it refuses all for 20 seconds: what an earlier process saw, it cannot know. */
  constructor(options: { readonly restarted?: boolean; readonly now?: number } = {}) {
    this.#since = options.now ?? Date.now()
    this.#quietUntil = options.restarted === true ? this.#since + WINDOW_MILLIS : 0
  }

  admit(clientRandom: Uint8Array, now: number): boolean {
    if (now - this.#since >= WINDOW_MILLIS) {
      this.#before = now - this.#since >= 2 * WINDOW_MILLIS ? new Set() : this.#seen
      this.#seen = new Set()
      this.#since = now
    }
    const key = Buffer.from(clientRandom).toString('latin1')
    if (now < this.#quietUntil || this.#seen.has(key) || this.#before.has(key) || this.#seen.size >= MAX_SEEN) return false
    this.#seen.add(key)
    return true
  }
}

/** Options of a session that concern resumption and 0-RTT. RFC 9001 sections 4.5 and 4.6. */
export interface ResumptionOptions {
  /** Client: a ticket that `session.onsessionticket` told, to resume that session. It comes before those of `sessionStore`. */
  readonly sessionTicket?: Uint8Array
  /**
   * Client: takes a ticket and an address token from here to come back with, and keeps those that the server sends. Default: sessions that share an
   * endpoint share a `MemorySessionStore`, since whoever watches can link those anyway; a session with an endpoint of its own has none, and null is none
   * at all. Whatever it keeps, 0-RTT is sent only with `enableEarlyData`.
   */
  readonly sessionStore?: SessionStore | null
  /**
   * Client: whether streams opened before the handshake is done are sent at once, as 0-RTT, where a ticket permits it. Server: whether 0-RTT is accepted.
   * An attacker can replay what is sent so, to other servers at least: `stream.early` tells it. Default false. RFC 9001 section 9.2.
   */
  readonly enableEarlyData?: boolean
  /**
   * Server: secrets of 32 bytes or more that seal session tickets: one, or up to four, the newest first; all of them open tickets. Servers with the same
   * take each other's. Default: random. See also `endpoint.rotateTicketKey()`.
   */
  readonly ticketKey?: Uint8Array | readonly Uint8Array[]
  /**
   * Server: knows replayed 0-RTT. Default: a `MemoryEarlyDataGuard` of its own, which with a `ticketKey` refuses 0-RTT for its first 20 seconds.
   */
  readonly earlyDataGuard?: EarlyDataGuard
  /**
   * Server: terms of the application protocol's for 0-RTT, as HTTP/3 has them with its SETTINGS (`http3EarlyDataTerms()` of `@millrace/http3`). They are sealed
   * in tickets, and a ticket without terms permits no 0-RTT. Default none: QUIC's own limits alone decide. RFC 9001 section 4.6.3.
   */
  readonly earlyDataTerms?: EarlyDataTerms
}

/** What a client does with a ticket. @internal */
export interface Resumption {
  /** TLS's own; null to begin anew. */
  readonly ticket: Uint8Array | null
  /** Limits for 0-RTT; null where none is sent. */
  readonly remembered: TransportParameters | null
  /** And the application protocol's terms; null where none is sent, or none were remembered. */
  readonly terms: Uint8Array | null
}

/** Of a ticket that was kept, if one was; `enableEarlyData` as the user said it. @internal */
export function resumptionWith(
  encoded: Uint8Array | undefined,
  { alpn, version }: { readonly alpn: readonly string[]; readonly version: number },
  enableEarlyData = false,
): Resumption {
  const kept = encoded === undefined ? null : decodeSessionTicket(encoded)
  if (kept === null || kept.version !== version) return NOT_RESUMED
  // Early data speaks the protocol of the session that is resumed. RFC 9001 section 4.6.
  const remembered = enableEarlyData && alpn.includes(kept.alpn) ? rememberedParameters(kept) : null
  return {
    ticket: kept.ticket,
    remembered,
    terms: remembered !== null && kept.terms.length > 0 ? Uint8Array.from(kept.terms) : null,
  }
}

/** What a server puts into tickets, and whether it accepts early data with one. @internal */
export interface EarlyDataPolicy {
  readonly ticketData?: Uint8Array
  readonly earlyData?: (ticketData: Uint8Array, clientRandom: Uint8Array) => boolean
}

/** The policy of a server, for each of its connections as it begins. Throws ERR_QUIC_OPTION for terms that are empty or too long. @internal */
export function earlyDataPolicy(options: ResumptionOptions, parameters: TransportParameters): () => EarlyDataPolicy {
  const { enableEarlyData, ticketKey, earlyDataTerms } = options
  checkTerms(earlyDataTerms)
  if (enableEarlyData !== true) return () => ({})
  const guard = options.earlyDataGuard ?? new MemoryEarlyDataGuard({ restarted: ticketKey !== undefined })
  const remembered = encodeRemembered(parameters)
  const honours = (terms: Uint8Array): boolean =>
    earlyDataTerms === undefined || (terms.length > 0 && earlyDataTerms.honours(new Uint8Array(terms)))
  const earlyData = (sealed: Uint8Array, random: Uint8Array): boolean => {
    const promised = decodeTicketData(sealed)
    if (promised === null || !grantsAtLeast(parameters, promised.parameters) || !honours(promised.terms)) return false
    return guard.admit(random, Date.now())
  }
  const policyOf = (terms: Uint8Array) => ({ ticketData: encodeTicketData({ parameters: remembered, terms }), earlyData })
  if (earlyDataTerms !== undefined) return () => policyOf(earlyDataTerms.granted())
  const policy = policyOf(NONE)
  return () => policy
}

function checkTerms(terms: EarlyDataTerms | undefined): void {
  const length = terms?.granted().length ?? 1
  if (length < 1 || length > MAX_EARLY_DATA_TERMS) {
    throw wrong('earlyDataTerms', `grants ${length} bytes; it must be from 1 to ${MAX_EARLY_DATA_TERMS}`)
  }
}

const NONE: Uint8Array = new Uint8Array(0)
const NOT_RESUMED: Resumption = { ticket: null, remembered: null, terms: null }
