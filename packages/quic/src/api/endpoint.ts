// A UDP port as users hold it, with the sessions on it. Named after node:quic.
import { randomBytes } from 'node:crypto'
import type { Address } from '@millrace/native'
import { Endpoint, type EndpointStats } from '../endpoint/endpoint.ts'
import { QuicError } from './error.ts'
import { checkEndpointOptions, type EndpointOptions } from './options.ts'
import { secret } from './policy-options.ts'
import { resolveHost } from './resolve-host.ts'
import type { QuicSession } from './session.ts'
import { settled } from './settled.ts'

let coreOf: (endpoint: QuicEndpoint) => Endpoint

export class QuicEndpoint implements AsyncDisposable {
  readonly #core: Endpoint
  readonly #closed = settled<void>()
  readonly #sessions = new Set<QuicSession>()
  #closing = false
  #shutting: Promise<void> | null = null
  #whenEmpty: (() => void) | null = null
  /** Opened for one client session, and closed with it. */
  #single = false

  static {
    coreOf = (endpoint) => endpoint.#core
  }

  /** Binds a socket for sessions to share. Rejects with ERR_QUIC_LISTEN when it cannot. */
  static async open(options: EndpointOptions = {}): Promise<QuicEndpoint> {
    const { host, port, kind, receiveBufferSize, sendBufferSize, policy } = checkEndpointOptions(options)
    const address = await resolveHost(host)
    try {
      return new QuicEndpoint(await Endpoint.open({ address, port, kind, receiveBufferSize, sendBufferSize }, policy))
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new QuicError(`Cannot bind UDP ${host}:${port}: ${reason}`, { code: 'ERR_QUIC_LISTEN', cause })
    }
  }

  private constructor(core: Endpoint) {
    this.#core = core
  }

  get address(): Address {
    return this.#core.socket.local
  }

  get closing(): boolean {
    return this.#closing
  }

  /** Settles when the socket is closed. */
  get closed(): Promise<void> {
    return this.#closed.promise
  }

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
    if (this.#sessions.size === 0) this.#shut().catch((cause) => this.#closed.reject(cause))
    else this.#whenEmpty ??= () => this.#shut().catch((cause) => this.#closed.reject(cause))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** For `connect` alone: closes with its one session. */
  closeWithSession(): void {
    this.#single = true
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

  /** Once, whoever asks. */
  #shut(): Promise<void> {
    this.#shutting ??= this.#closeSocket()
    return this.#shutting
  }

  async #closeSocket(): Promise<void> {
    await this.#core.linger()
    await this.#core.close()
    this.#closed.resolve()
  }
}

/** The rim below a user's endpoint. For this package alone. */
export function endpointCore(endpoint: QuicEndpoint): Endpoint {
  return coreOf(endpoint)
}
