// A UDP port as users hold it, with the sessions on it. Named after node:quic.

import { randomBytes } from 'node:crypto'
import { ChurnSet } from '@millrace/bytes'
import type { Address } from '@millrace/native'
import { Endpoint } from '../endpoint/endpoint.ts'
import type { EndpointStats } from '../endpoint/endpoint-stats.ts'
import { ClientContexts } from './client-contexts.ts'
import { ClientPlans } from './client-plans.ts'
import { closedAlready, QuicError } from './error.ts'
import { wrong } from './option-checks.ts'
import { checkEndpointOptions, type EndpointOptions, type Identity } from './options.ts'
import { PathMemory } from './path-memory.ts'
import { secret } from './policy-options.ts'
import { resolveHost } from './resolve-host.ts'
import type { QuicSession } from './session.ts'
import { MemorySessionStore, type SessionStore } from './session-store.ts'
import { settled } from './settled.ts'

let coreOf: (endpoint: QuicEndpoint) => Endpoint

/** What `listen` does for its endpoint. */
interface EndpointListener {
  rotateTicketKey(ticketKey?: Uint8Array): void
  useIdentities(sni: Readonly<Record<string, Identity>>): void
}

/** A UDP socket and the sessions on it. Made by `listen()` and `connect()`, or beforehand to be shared by several of them. */
export class QuicEndpoint implements AsyncDisposable {
  readonly #core: Endpoint
  /** Sockets at the addresses that clients are asked to go to. */
  readonly #siblings: Endpoint[] = []
  readonly #closed = settled<void>()
  readonly #sessions = new ChurnSet<QuicSession>()
  #sessionStore: SessionStore | null = null
  readonly #clientPlans = new ClientPlans()
  readonly #clientContexts = new ClientContexts()
  #pathMemory: PathMemory | null = null
  #listener: EndpointListener | null = null
  #closing = false
  #shutting: Promise<void> | null = null
  #whenEmpty: (() => void) | null = null
  /** Opened for one client session, and closed with it. */
  #single = false
  readonly #onfailed = (cause: Error): void => this.destroy(new QuicError(cause.message, { code: 'ERR_QUIC_SOCKET', cause }))
  readonly #shutOrFail = (): void => void this.#shut().catch((cause) => this.#closed.reject(cause))

  static {
    coreOf = (endpoint) => endpoint.#core
  }

  /** Binds a socket for sessions to share. Rejects with ERR_QUIC_LISTEN when it cannot. */
  static async open(options: EndpointOptions = {}): Promise<QuicEndpoint> {
    const { host, port, kind, channel, receiveBufferSize, sendBufferSize, policy } = checkEndpointOptions(options)
    const address = await resolveHost(host)
    return new QuicEndpoint(
      await binding(host, port, () =>
        Endpoint.open({ address, port, kind, channel, receiveBufferSize, sendBufferSize, reusePort: policy.seat !== null }, policy),
      ),
    )
  }

  private constructor(core: Endpoint) {
    this.#core = core
    core.onfailed = this.#onfailed
  }

  /** What sessions of clients keep who share this endpoint, unless they name a store of their own; null once it is closing. */
  get sessionStore(): SessionStore | null {
    if (!this.#closing) this.#sessionStore ??= new MemorySessionStore()
    return this.#sessionStore
  }

  /** What sessions with the option `carefulResume: true` learnt of their paths. */
  get pathMemory(): PathMemory {
    this.#pathMemory ??= new PathMemory()
    return this.#pathMemory
  }

  /** Where the socket is bound. */
  get address(): Address {
    return this.#core.socket.local
  }

  /** No more sessions are taken in, and those that are left end. */
  get closing(): boolean {
    return this.#closing
  }

  /** The addresses that clients are asked to go to, as far as they are this machine's. RFC 9000 section 9.6. */
  get preferredAddresses(): readonly Address[] {
    return this.#siblings.map(({ socket }) => socket.local)
  }

  /** Settles when the socket is closed. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /** Counts since the endpoint was opened: datagrams, bytes, and answers to peers that it does not know. */
  get stats(): Readonly<EndpointStats> {
    return this.#core.stats
  }

  /**
   * Seals address tokens with a new secret from now on, of 16 bytes or more; tokens of the three before still count. Random by default. A server
   * that runs for months does so every day or week. Throws ERR_QUIC_OPTION.
   */
  rotateTokenSecret(tokenSecret?: Uint8Array): void {
    this.#core.admission.tokens.codec.rotate(secret('tokenSecret', tokenSecret) ?? randomBytes(32))
  }

  /**
   * Server: seals session tickets with a new key from now on, made of a secret of 32 bytes or more; random by default. Tickets of the three before still
   * count, and clients that use one get another. A server that runs for long does so every day, so that whoever learns a key opens no more than what was
   * sealed in a few days. Throws ERR_QUIC_OPTION; ERR_QUIC_CLOSED where nobody listens. RFC 8446 section 4.6.1.
   */
  rotateTicketKey(ticketKey?: Uint8Array): void {
    this.#listening().rotateTicketKey(ticketKey)
  }

  /**
   * Server: shows these certificates from now on, by host name as in the option `sni`. Sessions that are open go on, and tickets stay good. Throws ERR_QUIC_OPTION,
   * and nothing has changed, for what cannot be read; ERR_QUIC_CLOSED where nobody listens.
   */
  useIdentities(sni: Readonly<Record<string, Identity>>): void {
    this.#listening().useIdentities(sni)
  }

  /** The endpoint keeps the process alive, as it does at first. */
  ref(): void {
    for (const socket of [this.#core, ...this.#siblings]) socket.hold(true)
  }

  /** The endpoint alone does not keep the process alive: one whose sessions are kept for later requests may let it end. */
  unref(): void {
    for (const socket of [this.#core, ...this.#siblings]) socket.hold(false)
  }

  /** Takes in no more sessions, waits until those there are have ended, and closes the socket. */
  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true
      this.#core.acceptor = null
      if (this.#sessions.size > 0) await new Promise<void>((resolve) => (this.#whenEmpty = resolve))
      await this.#shut()
    }
    await this.#closed.promise
  }

  /** Ends every session at once, with code 0, or 1 if there is an error, and closes the socket. */
  destroy(error?: unknown): void {
    this.#closing = true
    this.#core.acceptor = null
    for (const session of [...this.#sessions]) session.destroy(error)
    if (this.#sessions.size === 0) this.#shutOrFail()
    else this.#whenEmpty ??= this.#shutOrFail
  }

  /** As `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** For `connect` alone: what its sessions are made of. @internal */
  get clientPlans(): ClientPlans {
    return this.#clientPlans
  }

  /** For `connect` alone: what TLS contexts its sessions share. @internal */
  get clientContexts(): ClientContexts {
    return this.#clientContexts
  }

  /** For `connect` alone: closes with its one session. */
  closeWithSession(): void {
    this.#single = true
  }

  /** For `listen` alone: binds one more socket, whose datagrams are for the same sessions. Rejects with ERR_QUIC_LISTEN when it cannot. */
  async openSibling(host: string, port: number, options: EndpointOptions = {}): Promise<Address> {
    const { kind, receiveBufferSize, sendBufferSize } = checkEndpointOptions(options)
    const sibling = await binding(host, port, () =>
      this.#core.openSibling({ address: host, port, kind, receiveBufferSize, sendBufferSize }),
    )
    this.#siblings.push(sibling)
    sibling.onfailed = this.#onfailed
    return sibling.socket.local
  }

  /** For `listen` and `connect` alone: throws ERR_QUIC_CLOSED when no session can begin here any more. */
  mustBeOpen(): void {
    if (this.#closing) throw closedAlready('endpoint')
  }

  /** For `listen` alone: throws ERR_QUIC_OPTION when another listens here, whose sessions this one would take. */
  mustBeFree(): void {
    this.mustBeOpen()
    if (this.#listener !== null) throw wrong('endpoint', 'listens already; a server needs one of its own')
  }

  /** For `listen` alone. */
  listening(listener: EndpointListener): void {
    this.#listener = listener
  }

  /** For `listen` and `connect` alone. */
  sessionBegan(session: QuicSession): void {
    this.#sessions.add(session)
  }

  /** For sessions alone. */
  sessionEnded(session: QuicSession): void {
    this.#sessions.delete(session)
    if (this.#sessions.size > 0) return
    this.#whenEmpty?.()
    if (this.#single && !this.#closing) this.close().catch((cause) => this.#closed.reject(cause))
  }

  #listening(): EndpointListener {
    if (this.#listener === null) throw new QuicError('The endpoint listens for no sessions.', { code: 'ERR_QUIC_CLOSED' })
    return this.#listener
  }

  /** Once, whoever asks. */
  #shut(): Promise<void> {
    this.#shutting ??= this.#closeSocket()
    return this.#shutting
  }

  async #closeSocket(): Promise<void> {
    const sockets = [this.#core, ...this.#siblings]
    await Promise.all(sockets.map((socket) => socket.linger()))
    await Promise.all(sockets.map((socket) => socket.close()))
    this.#clientContexts.clear()
    this.#closed.resolve()
  }
}

async function binding(host: string, port: number, bind: () => Promise<Endpoint>): Promise<Endpoint> {
  try {
    return await bind()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new QuicError(`Cannot bind UDP ${host}:${port}: ${reason}`, { code: 'ERR_QUIC_LISTEN', cause })
  }
}

/** The rim below a user's endpoint. For this package alone. @internal */
export function endpointCore(endpoint: QuicEndpoint): Endpoint {
  return coreOf(endpoint)
}
