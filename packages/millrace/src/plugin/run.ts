// Puts a plugin to work: it listens and the edge dials it, or it dials the edge and stays with it.

import { randomBytes } from 'node:crypto'
import type { QuicEndpoint, QuicSession } from '@millrace/quic'
import { type Address, formatAddress, parseAddress } from '../address.ts'
import { MillraceError } from '../error.ts'
import { introduce, type Peer, receive } from '../peer.ts'
import { type Greeting, INSTANCE_BYTES, VERSION } from '../protocol/greeting.ts'
import { type Report, reportToStderr } from '../report.ts'
import { Backoff } from '../retry.ts'
import { developmentIdentity, identityFrom } from '../tls/identity.ts'
import { type TrustOptions, trustFor } from '../tls/trust.ts'
import { dialTo, listenAt, release, type Timings } from '../transport.ts'
import { isPlugin, type Plugin } from './define.ts'
import { PluginSession } from './session.ts'
import { type PluginStats, Work } from './work.ts'

/** `ca` and `insecure` concern the edge that the plugin dials. */
export interface RunOptions extends TrustOptions, Timings {
  /** Dials the edge at this `host:port`. */
  readonly edge?: string | undefined
  /** Listens on this `host:port`, and the edge dials. Default, when there is no `edge`: localhost:4241. */
  readonly listen?: string | undefined
  /** PEM chain and key that a listening plugin shows. Default: a development certificate made at start. */
  readonly identity?: { readonly certificate: string; readonly key: string } | undefined
  /** Takes lines for people. Default: standard error. */
  readonly report?: Report | undefined
  /** Aborted: drains and closes, as `close` does. */
  readonly signal?: AbortSignal | undefined
}

/** A plugin at work. */
export class RunningPlugin implements AsyncDisposable {
  readonly #work: Work
  readonly #own: Greeting
  readonly #report: Report
  readonly #sessions: Set<PluginSession> = new Set()
  readonly #peers: Set<Peer> = new Set()
  readonly #stopping: AbortController = new AbortController()
  readonly #over: PromiseWithResolvers<void> = Promise.withResolvers()
  #endpoint: QuicEndpoint | null = null
  #address: Address | null = null
  #closing: Promise<void> | null = null

  /** Use {@link run}. */
  constructor(plugin: Plugin, report: Report) {
    const stats: PluginStats = { handled: 0, passed: 0, dropped: 0, failed: 0 }
    const { name, observed } = plugin
    this.#report = report
    this.#work = new Work(plugin, stats, report)
    this.#own = { version: VERSION, role: 'plugin', instance: randomBytes(INSTANCE_BYTES), name, observed, credentials: new Uint8Array(0) }
    this.#over.promise.catch(() => undefined)
  }

  /** Where the plugin listens; null when it dials. */
  get address(): Address | null {
    return this.#address
  }

  /** Counts of now. */
  get stats(): Readonly<PluginStats> {
    return { ...this.#work.stats }
  }

  /** Resolves when the plugin has been closed; rejects when an edge does not want it any more, with ERR_MILLRACE_NAME or ERR_MILLRACE_REPLACED. */
  get closed(): Promise<void> {
    return this.#over.promise
  }

  /** Finishes what edges have sent, answers it, and closes. What they have not sent, they keep. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Stops at once. Edges send again what was not answered, to whoever comes next. */
  destroy(): void {
    this.#stopping.abort()
    this.#endpoint?.destroy()
    for (const peer of this.#peers) peer.session.destroy()
    this.#over.resolve()
  }

  /** As `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Listens at `address`. Rejects with ERR_MILLRACE_LISTEN. */
  async listen(address: Address, options: RunOptions): Promise<void> {
    const { identity: given } = options
    const identity = given ? identityFrom(given.certificate, given.key) : await developmentIdentity(address.host)
    this.#endpoint = await listenAt(address, identity, (session) => void this.#accept(session), options)
    this.#address = { host: address.host, port: this.#endpoint.address.port }
    this.#report(`plugin '${this.#own.name}' listens on UDP ${formatAddress(this.#address)}, certificate SHA-256 ${identity.fingerprint}`)
  }

  /** Dials the edge at `address` until it is there. Resolves at the first welcome, rejects at a refusal; later losses are dialled again. */
  async dial(address: Address, options: RunOptions): Promise<void> {
    const dial = (): Promise<Peer | null> => this.#dialUntilWelcome(address, options)
    const first = await dial()
    if (first !== null) void this.#keep(first, dial)
  }

  async #keep(first: Peer, dial: () => Promise<Peer | null>): Promise<void> {
    try {
      for (let peer: Peer | null = first; peer !== null; peer = await dial()) {
        this.#begin(peer)
        const error = await peer.closed
        if (error !== null && isFinal(error)) throw error
        if (this.#closing === null) this.#report(`plugin '${this.#own.name}': the edge is gone; it is dialled until it is back`)
      }
    } catch (error) {
      this.#over.reject(error)
    }
  }

  /** Null when the plugin was closed before. */
  async #dialUntilWelcome(address: Address, options: RunOptions): Promise<Peer | null> {
    const { signal } = this.#stopping
    const backoff = new Backoff()
    let isSaid = false
    while (!signal.aborted) {
      try {
        const session = await dialTo(address, trustFor(address, options), signal, options)
        const peer = await introduce(session, this.#own)
        if (peer.greeting.role !== 'edge')
          throw new MillraceError('ERR_MILLRACE_ROLE', `${formatAddress(address)} is no edge but a ${peer.greeting.role}`)
        this.#report(`plugin '${this.#own.name}' works for edge '${peer.greeting.name}' at ${formatAddress(address)}`)
        return peer
      } catch (error) {
        if (error instanceof MillraceError && isFinal(error)) throw error
        if (!isSaid && !signal.aborted) this.#report(`plugin '${this.#own.name}' waits for its edge: ${(error as Error).message}`)
        isSaid = true
      }
      await backoff.pause(signal)
    }
    return null
  }

  async #accept(session: QuicSession): Promise<void> {
    const complain = (error: MillraceError): void => this.#report(`plugin '${this.#own.name}': a peer: ${error.message}`)
    const peer = await receive(session, (hello) => this.#admit(hello), complain)
    if (peer !== null) this.#begin(peer)
  }

  #admit({ role }: Greeting): Greeting {
    if (this.#closing !== null) throw new MillraceError('ERR_MILLRACE_BUSY', 'the plugin is closing')
    if (role === 'edge') return this.#own
    throw new MillraceError(
      'ERR_MILLRACE_ROLE',
      `this is plugin '${this.#own.name}', which works for edges; a ${role} has its own edge to dial`,
    )
  }

  #begin(peer: Peer): void {
    const session = new PluginSession(peer, this.#work)
    this.#peers.add(peer)
    this.#sessions.add(session)
    void peer.closed.then(() => {
      this.#peers.delete(peer)
      this.#sessions.delete(session)
    })
  }

  async #close(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([...this.#sessions].map((session) => session.close()))
    if (this.#endpoint !== null) await release(this.#endpoint)
    this.#over.resolve()
  }
}

/**
 * Puts a plugin to work. `where` is the `host:port` to listen on (default localhost:4241), or options; with `edge` the plugin dials. Resolves
 * when it listens, or when the edge has taken it. Rejects with ERR_MILLRACE_LISTEN, ERR_MILLRACE_OPTION, or the code of a refusal.
 */
export async function run(plugin: Plugin, where: string | RunOptions = {}): Promise<RunningPlugin> {
  if (!isPlugin(plugin)) throw new MillraceError('ERR_MILLRACE_PLUGIN', 'this is no plugin; make one with definePlugin')
  const options = typeof where === 'string' ? { listen: where } : where
  const running = new RunningPlugin(plugin, options.report ?? reportToStderr)
  const stop = (): void => void running.close()
  options.signal?.addEventListener('abort', stop)
  void running.closed.catch(() => undefined).then(() => options.signal?.removeEventListener('abort', stop))
  if (options.edge !== undefined) await running.dial(parseAddress(options.edge, 'edge'), options)
  else await running.listen(parseAddress(options.listen ?? 'localhost:4241', 'listen'), options)
  return running
}

/** Errors after which dialling again would change nothing. */
function isFinal(error: MillraceError): boolean {
  if (error.family === 'caller') return true
  return error.family === 'peer' && !['ERR_MILLRACE_BUSY', 'ERR_MILLRACE_INTERNAL', 'ERR_MILLRACE_HELLO_TIMEOUT'].includes(error.code)
}
