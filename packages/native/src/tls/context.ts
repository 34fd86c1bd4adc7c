// What many TLS sessions share: certificates, trust, ALPN, ciphers. SSL_CTX_new(3).
import { randomBytes } from 'node:crypto'
// Not by name: an older Node has no getCACertificates, and must get as far as the sentence that says so.
import tls from 'node:tls'
import { opensslFailure } from '../binding/error-queue.ts'
import { type OpenSsl, openSsl } from '../binding/openssl.ts'
import { NativeError } from '../error.ts'
import { CIPHER_SUITES } from '../protection/suites.ts'
import { lent } from '../scratch.ts'
import { encodeAlpn } from './alpn.ts'
import { cString } from './c-string.ts'
import { tlsCallbacks } from './callbacks.ts'
import {
  CTRL,
  MAX_EARLY_DATA,
  MODE,
  OP_NO_ANTI_REPLAY,
  OP_SERVER_PREFERENCE,
  SESSION_CACHE_CALLBACK,
  SESSION_CACHE_OFF,
  TLS_1_3,
  VERIFY_NONE,
  VERIFY_PEER,
} from './constants.ts'
import { type Encoded, readCertificates } from './credentials.ts'
import { type Identity, type ReadIdentity, readIdentity, useIdentity } from './identity.ts'
import { LiveTickets } from './live-tickets.ts'
import { DEFAULT_NAME, ServerNames } from './server-names.ts'
import { createTlsSession, type Presented, type SessionSetup } from './session.ts'
import type { TlsSession, TlsSessionOptions } from './session-interface.ts'
import { SslSource } from './ssl-source.ts'
import { TicketBindings } from './ticket.ts'
import { TicketKeys } from './ticket-keys.ts'
import { trust, type VerifyClient, verifyClients } from './trust.ts'

/** What sessions of one context have in common. */
export interface TlsContextOptions {
  readonly side: 'client' | 'server'
  /** Protocols to negotiate, the preferred first; at least one (RFC 9001 section 8.1). */
  readonly alpn: readonly string[]
  /**
   * A server's certificates by host name: exact, `*.example.com`, or `*` for all others. Each a key and a chain, the server's own
   * certificate first.
   */
  readonly sni?: Readonly<Record<string, Identity>>
  /** What a client presents itself with when a server asks for it. Default: nothing. RFC 8446 section 4.4.2. */
  readonly identity?: Identity
  /**
   * Certificates that a client trusts. Default: those that Node trusts (its own list, `NODE_EXTRA_CA_CERTS`, the system's with
   * `--use-system-ca`). At a server, with `verifyClient`, of those who sign its clients'; it has no default.
   */
  readonly ca?: Encoded | readonly Encoded[]
  /** Whether a client refuses a server whose certificate or name does not verify. Default true. */
  readonly rejectUnauthorized?: boolean
  /** Whether a server asks its clients for certificates, and refuses those without one; `optional` refuses only what does not verify, `any` nothing. Default false. */
  readonly verifyClient?: VerifyClient
  /** Whether a server's tickets permit early data; whether it is then accepted, each session says. Default false. RFC 9001 section 4.6.1. */
  readonly earlyData?: boolean
  /**
   * Secrets of 32 bytes or more that seal a server's tickets: one, or up to four, the newest first, all of which open them. Servers that share them
   * take each other's. Default: a random one for this context. RFC 8446 section 4.6.1.
   */
  readonly ticketKey?: Uint8Array | readonly Uint8Array[]
  /** Called with each line of an NSS key log, which lets its holder decrypt everything. */
  readonly keylog?: (line: string) => void
  /** Groups for the key exchange in OpenSSL's notation, as `X25519:P-256`. Default: OpenSSL's list, X25519MLKEM768 first. */
  readonly groups?: string
  /** TLS 1.3 cipher suites, joined by colons, the preferred first. Default: AES-128-GCM, AES-256-GCM, ChaCha20-Poly1305. */
  readonly ciphers?: string
}

/** Throws `NativeError`: `ERR_NATIVE_OPTION` for options that do not fit, `ERR_NATIVE_UNSUPPORTED` for a Node that is too old. */
export class TlsContext {
  readonly #options: TlsContextOptions
  #contexts: number[] = []
  #names: ServerNames<Presented> = new ServerNames([])
  readonly #identity: ReadIdentity | null
  readonly #ticketKeys: TicketKeys | null
  readonly #liveTickets: LiveTickets | null
  /** What sessions begin with; a server's may be changed for another by the client's server name. Null after `release`. */
  #first: Presented | null = null
  /** Of the first one's context. */
  #ssls: SslSource | null = null

  readonly #alpn: Buffer
  readonly #setup: SessionSetup

  constructor(options: TlsContextOptions) {
    this.#options = options
    this.#alpn = encodeAlpn(options.alpn)
    this.#identity = options.identity === undefined ? null : readIdentity('certs', '', options.identity)
    const isServer = options.side === 'server'
    const verify = isServer ? (options.verifyClient ?? false) !== false : (options.rejectUnauthorized ?? true)
    this.#ticketKeys = isServer ? new TicketKeys(secretsOf(options.ticketKey)) : null
    this.#liveTickets = isServer ? null : new LiveTickets()
    this.#setup = {
      side: options.side,
      alpn: this.#alpn,
      verify,
      bindings: new TicketBindings(verify, this.#identity === null ? null : this.#identity.chain[0]!.fingerprint256),
      liveTickets: this.#liveTickets,
      keylog: options.keylog ?? null,
      ticketKeys: this.#ticketKeys,
      presentedTo: (servername) => this.#names.find(servername) ?? null,
    }
    if (isServer) this.useIdentities(options.sni)
    else this.#replaceContexts(() => (this.#first = { context: this.#newClientContext(), certificate: null }))
  }

  /**
   * Server: shows these certificates from now on; tickets stay good. Sessions that began before go on, those in the middle of their handshake as well. Throws
   * `NativeError` (`ERR_NATIVE_OPTION`), and nothing has changed.
   */
  useIdentities(sni: TlsContextOptions['sni']): void {
    const entries = readEntries(sni)
    this.#replaceContexts(() => {
      const contexts = entries.map((entry) => [entry.name, this.#presented(entry)] as const)
      this.#names = new ServerNames(contexts)
      this.#first = this.#names.find(null) ?? contexts[0]![1]
    })
  }

  /** A session that has not begun. Throws `NativeError` if its options do not fit, or after `release()`. */
  session(options: TlsSessionOptions): TlsSession {
    if (this.#first === null) throw new NativeError('ERR_NATIVE_RELEASED', 'This TLS context was released.')
    return createTlsSession(options, this.#ssls!.take(), this.#first, this.#setup)
  }

  /**
   * Server: seals tickets with another key from now on, made of a secret of 32 bytes or more (default random); tickets of the three before still count, and
   * are renewed when they are used. Throws `NativeError` (`ERR_NATIVE_OPTION`).
   */
  rotateTicketKey(secret?: Uint8Array): void {
    this.#ticketKeys?.rotate(secret)
  }

  /** Frees it. Sessions that began before go on. */
  release(): void {
    this.#ssls?.release()
    free(this.#contexts.splice(0))
    this.#liveTickets?.release()
    this.#first = null
  }

  /** Frees the contexts that were there before, or, if it fails, those that were made. */
  #replaceContexts(make: () => void): void {
    const before = this.#contexts
    this.#contexts = []
    try {
      make()
      this.#ssls?.release()
      this.#ssls = new SslSource(this.#first!.context, this.#options.side)
    } catch (error) {
      free(this.#contexts)
      this.#contexts = before
      throw error
    }
    free(before)
  }

  #presented(entry: Entry): Presented {
    return { context: this.#newServerContext(entry), certificate: entry.chain[0]!.raw }
  }

  #newServerContext(entry: Entry): number {
    const ssl = openSsl()
    const context = this.#newContext(ssl)
    const { verifyClient = false, ca } = this.#options
    useIdentity(context, entry)
    verifyClients(context, verifyClient, ca)
    ssl.SSL_CTX_ctrl(context, CTRL.setSessionCacheMode, SESSION_CACHE_OFF, 0) // tickets hold the state (RFC 8446 section 4.6.1)
    ssl.SSL_CTX_set_options(context, OP_SERVER_PREFERENCE)
    ssl.SSL_CTX_set_alpn_select_cb(context, tlsCallbacks().chooseProtocol, 0)
    ssl.SSL_CTX_callback_ctrl(context, CTRL.setServernameCallback, tlsCallbacks().chooseCertificate)
    this.#configureTickets(ssl, context)
    return context
  }

  #configureTickets(ssl: OpenSsl, context: number): void {
    const { earlyData = false } = this.#options
    if (ssl.SSL_CTX_set_tlsext_ticket_key_evp_cb(context, tlsCallbacks().ticketKeyWanted) !== 1)
      throw opensslFailure('OpenSSL takes no ticket keys.')
    ssl.SSL_CTX_set_num_tickets(context, TICKETS)
    if (!earlyData) return
    ssl.SSL_CTX_set_max_early_data(context, MAX_EARLY_DATA)
    ssl.SSL_CTX_set_options(context, OP_NO_ANTI_REPLAY)
    ssl.SSL_CTX_set_session_ticket_cb(context, tlsCallbacks().ticketIssued, 0, 0)
    ssl.SSL_CTX_set_allow_early_data_cb(context, tlsCallbacks().earlyDataOffered, 0)
  }

  #newClientContext(): number {
    const ssl = openSsl()
    const context = this.#newContext(ssl)
    const { ca, rejectUnauthorized = true } = this.#options
    // The one function here that returns 0 for success.
    if (ssl.SSL_CTX_set_alpn_protos(context, lent(this.#alpn), this.#alpn.length) !== 0)
      throw opensslFailure('OpenSSL does not take the protocols.', 'ERR_NATIVE_OPTION')
    ssl.SSL_CTX_set_verify(context, rejectUnauthorized ? VERIFY_PEER : VERIFY_NONE, 0)
    if (rejectUnauthorized) trust(context, readCertificates('ca', ca ?? tls.getCACertificates('default')))
    if (this.#identity !== null) {
      useIdentity(context, this.#identity)
      ssl.SSL_CTX_set_cert_cb(context, tlsCallbacks().certificateWanted, 0)
    }
    ssl.SSL_CTX_ctrl(context, CTRL.setSessionCacheMode, SESSION_CACHE_CALLBACK, 0)
    ssl.SSL_CTX_sess_set_new_cb(context, tlsCallbacks().ticketReceived)
    return context
  }

  #newContext(ssl: OpenSsl): number {
    ssl.ERR_clear_error()
    const context = ssl.SSL_CTX_new(ssl.TLS_method())
    if (context === 0) throw opensslFailure('OpenSSL makes no TLS context.')
    this.#contexts.push(context)
    // RFC 9001 section 4.2: TLS 1.3 or newer.
    ssl.SSL_CTX_ctrl(context, CTRL.setMinVersion, TLS_1_3, 0)
    ssl.SSL_CTX_ctrl(context, CTRL.setMaxVersion, TLS_1_3, 0)
    ssl.SSL_CTX_ctrl(context, CTRL.setMode, MODE, 0)
    const { ciphers = CIPHER_SUITES.map((suite) => suite.name).join(':'), groups, keylog } = this.#options
    checkCiphers(ciphers)
    if (ssl.SSL_CTX_set_ciphersuites(context, ciphers) !== 1)
      throw opensslFailure(`ciphers: OpenSSL does not take ${ciphers}.`, 'ERR_NATIVE_OPTION')
    if (groups !== undefined && ssl.SSL_CTX_ctrl(context, CTRL.setGroups, 0, cString(groups)) !== 1) {
      throw opensslFailure(`groups: OpenSSL does not take ${groups}.`, 'ERR_NATIVE_OPTION')
    }
    if (keylog) ssl.SSL_CTX_set_keylog_callback(context, tlsCallbacks().keyLogged)
    return context
  }
}

/** Sessions hold a reference of their own. SSL_CTX_free(3). */
function free(contexts: readonly number[]): void {
  for (const context of contexts) openSsl().SSL_CTX_free(context)
}

function secretsOf(ticketKey: TlsContextOptions['ticketKey']): readonly Uint8Array[] {
  if (ticketKey === undefined) return [randomBytes(RANDOM_SECRET)]
  return ticketKey instanceof Uint8Array ? [ticketKey] : ticketKey
}

/**
 * Tickets for a full handshake: enough to come back once, and a session that comes back gets another. OpenSSL's second one would cost either side some 80 us,
 * whether or not a client ever has two connections to resume at once.
 */
const TICKETS = 1

/** Bytes of a secret of our own. */
const RANDOM_SECRET = 32

interface Entry extends ReadIdentity {
  readonly name: string
}

function readEntries(sni: TlsContextOptions['sni'] = {}): Entry[] {
  const entries = Object.entries(sni).map(([name, identity]) => ({ name, ...readIdentity(`sni['${name}']`, `sni['${name}'].`, identity) }))
  if (entries.length > 0) return entries
  throw new NativeError('ERR_NATIVE_OPTION', `A server needs a certificate: give \`sni\` an entry, '${DEFAULT_NAME}' for all names.`)
}

/** Only suites that packet protection knows: OpenSSL has more (AES-128-CCM), which would fail in the middle of a handshake. */
function checkCiphers(ciphers: string): void {
  for (const name of ciphers.split(':')) {
    if (CIPHER_SUITES.some((suite) => suite.name === name)) continue
    throw new NativeError('ERR_NATIVE_OPTION', `ciphers: ${name} is none of ${CIPHER_SUITES.map((suite) => suite.name).join(', ')}.`)
  }
}
