// The edge: takes in what sources send, drives it through the plugins in their order, and hands on what leaves the chain.

import { randomBytes } from 'node:crypto'
import type { QuicEndpoint, QuicSession } from '@millrace/quic'
import type { Address } from '../address.ts'
import { MillraceError } from '../error.ts'
import { MAX_PEERS, PENDING_BYTES } from '../limits.ts'
import { type Peer, receive } from '../peer.ts'
import { type Greeting, INSTANCE_BYTES, VERSION } from '../protocol/greeting.ts'
import type { Message } from '../protocol/message.ts'
import { type Report, reportToStderr } from '../report.ts'
import { developmentIdentity, type Identity, identityFrom } from '../tls/identity.ts'
import type { TrustOptions } from '../tls/trust.ts'
import { listenAt, release, type Timings } from '../transport.ts'
import type { Workflow } from '../workflow/workflow.ts'
import { Accepted } from './accepted.ts'
import { Chain } from './chain.ts'
import { type DialerOptions, keepDialing } from './dialer.ts'
import { Intake } from './intake.ts'
import type { Consumer } from './output.ts'
import type { Stage, StageStats } from './stage.ts'

/** `ca` and `insecure` concern the plugins that the edge dials. */
export interface EdgeOptions extends TrustOptions, Timings {
  /** PEM chain and key that the edge shows. Default: a development certificate made at start, for 14 days. */
  readonly identity?: { readonly certificate: string; readonly key: string } | undefined
  /** Takes what leaves the chain. Default: none; see {@link Edge.messages}. */
  readonly output?: Consumer | undefined
  /** Takes lines for people. Default: standard error. */
  readonly report?: Report | undefined
  /** Bytes kept for each plugin before sources are held back. Default 64 MiB. */
  readonly pendingBytes?: number | undefined
}

/** Counts of one edge since it began. */
export interface EdgeStats {
  /** Sources that are connected. */
  readonly sources: number
  /** Messages taken into the chain. */
  readonly accepted: number
  /** Messages that left it. */
  readonly delivered: number
  /** Each plugin of the workflow, in its order. */
  readonly plugins: readonly StageStats[]
}

/** Takes in what sources send, drives it through the plugins of a workflow in their order, and hands on what leaves the chain. */
export class Edge implements AsyncDisposable {
  /** SHA-256 of the edge's certificate, in hex. */
  readonly fingerprint: string
  readonly #workflow: Workflow
  readonly #chain: Chain
  readonly #own: Greeting
  readonly #report: Report
  readonly #dialer: DialerOptions
  readonly #stopping: AbortController = new AbortController()
  readonly #accepted: Accepted = new Accepted()
  /** By instance: one connection a source. */
  readonly #intakes: Map<string, Intake> = new Map()
  #endpoint: QuicEndpoint | null = null
  #sessions = 0
  #taken = 0
  #closing: Promise<void> | null = null

  /**
   * Starts an edge. Resolves when it listens; plugins that it dials may still be away. Rejects with ERR_MILLRACE_LISTEN when the address cannot
   * be had, ERR_MILLRACE_OPTION when the certificate cannot be read.
   */
  static async listen(workflow: Workflow, options: EdgeOptions = {}): Promise<Edge> {
    const { identity: given } = options
    const identity = given ? identityFrom(given.certificate, given.key) : await developmentIdentity(workflow.host)
    const edge = new Edge(workflow, identity, options)
    edge.#endpoint = await listenAt(workflow, identity, (session) => void edge.#accept(session), options)
    for (const stage of edge.#chain.stages) edge.#dial(stage)
    return edge
  }

  private constructor(workflow: Workflow, identity: Identity, options: EdgeOptions) {
    const { name, plugins } = workflow
    const report = options.report ?? reportToStderr
    this.#workflow = workflow
    this.#report = report
    this.fingerprint = identity.fingerprint
    this.#own = {
      version: VERSION,
      role: 'edge',
      instance: randomBytes(INSTANCE_BYTES),
      name,
      observed: [],
      credentials: new Uint8Array(0),
    }
    this.#dialer = { ...options, report, signal: this.#stopping.signal, own: this.#own }
    this.#chain = new Chain({
      names: plugins.map((plugin) => plugin.name),
      pendingBytes: options.pendingBytes ?? PENDING_BYTES,
      report,
    })
    this.#chain.output.consume(options.output ?? null)
  }

  /** Where the edge listens. */
  get address(): Address {
    return { host: this.#workflow.host, port: this.#endpoint?.address.port ?? this.#workflow.port }
  }

  /** Counts of now. */
  get stats(): EdgeStats {
    return {
      sources: this.#intakes.size,
      accepted: this.#taken + [...this.#intakes.values()].reduce((sum, intake) => sum + intake.taken, 0),
      delivered: this.#chain.output.delivered,
      plugins: this.#chain.stages.map((stage) => stage.stats),
    }
  }

  /** What leaves the chain from now on, in order. Takes the place of the `output` option; messages wait while the loop's body runs. */
  messages(): AsyncGenerator<Message, void, void> {
    return this.#chain.output.messages()
  }

  /**
   * Drains: takes nothing more, drives what was accepted through the chain, then lets go of everyone. Resolves when that is done, which may
   * take until a plugin that is away has come back; {@link destroy} does not wait.
   */
  close(): Promise<void> {
    this.#closing ??= this.#drain()
    return this.#closing
  }

  /** Stops at once. What is in the chain is lost. */
  destroy(): void {
    this.#stopping.abort()
    this.#chain.giveUp()
    this.#endpoint?.destroy()
    for (const stage of this.#chain.stages) stage.peer?.session.destroy()
  }

  /** As `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #drain(): Promise<void> {
    const sources = [...this.#intakes.values()].map((intake) => intake.close('the edge is closing'))
    await this.#chain.drain(({ name, stats }) => this.#report(`closing: ${stats.pending} messages are still with plugin '${name}'`))
    this.#stopping.abort()
    await Promise.all([...sources, ...this.#chain.stages.map(letGo)])
    this.#chain.output.end()
    if (this.#endpoint !== null) await release(this.#endpoint)
  }

  async #accept(session: QuicSession): Promise<void> {
    if (++this.#sessions > MAX_PEERS) {
      const busy = new MillraceError('ERR_MILLRACE_BUSY', `${MAX_PEERS} peers are connected`)
      session.destroy(busy, { code: busy.wire, reason: busy.message })
    }
    const complain = (error: MillraceError): void => {
      if (error.code !== 'ERR_MILLRACE_BUSY') this.#report(`a peer at ${session.path.remote.address}: ${error.message}`)
    }
    const peer = await receive(session, (hello) => this.#admit(hello), complain)
    if (peer !== null) {
      this.#welcome(peer)
      await peer.closed
    }
    this.#sessions--
  }

  /** The answer to a hello; throws the refusal. */
  #admit({ role, name }: Greeting): Greeting {
    // Plugins are let in until the chain is empty: it may be them that it waits for.
    const isOver = role === 'plugin' ? this.#stopping.signal.aborted : this.#closing !== null
    if (isOver) throw new MillraceError('ERR_MILLRACE_BUSY', 'the edge is closing')
    if (role === 'source') return this.#own
    if (role !== 'plugin') throw new MillraceError('ERR_MILLRACE_ROLE', `role ${role} is not served by this edge`)
    const known = this.#workflow.plugins
    const plugin = known.find((one) => one.name === name)
    if (plugin === undefined) {
      const names = known.map((one) => `'${one.name}'`).join(', ') || 'none'
      throw new MillraceError('ERR_MILLRACE_NAME', `no plugin '${name}' in workflow '${this.#workflow.name}'; its plugins: ${names}`)
    }
    if (plugin.port !== undefined) {
      throw new MillraceError(
        'ERR_MILLRACE_NAME',
        `the edge dials plugin '${name}' at port ${plugin.port}; let it listen there, or take host and port out`,
      )
    }
    return this.#own
  }

  #welcome(peer: Peer): void {
    if (peer.greeting.role === 'source') this.#takeSource(peer)
    else this.#takePlugin(peer)
  }

  #takePlugin(peer: Peer): void {
    const { name } = peer.greeting
    const stage = this.#chain.stages.find((one) => one.name === name)!
    this.#report(`plugin '${name}' is there`)
    const before = stage.attach(peer)
    before?.fail(new MillraceError('ERR_MILLRACE_REPLACED', `another plugin '${name}' took the place`))
    void peer.closed.then(() => {
      if (stage.peer === null && this.#closing === null) this.#report(`plugin '${name}' is gone; its messages are kept until it is back`)
    })
  }

  #takeSource(peer: Peer): void {
    const key = Buffer.from(peer.greeting.instance).toString('latin1')
    this.#intakes.get(key)?.peer.session.destroy()
    const intake = new Intake(peer, this.#chain, this.#accepted.of(peer.greeting.instance))
    this.#intakes.set(key, intake)
    void peer.closed.then((error) => {
      this.#taken += intake.taken
      if (this.#intakes.get(key) === intake) this.#intakes.delete(key)
      if (error !== null) this.#report(`source '${peer.greeting.name}' is gone: ${error.message}`)
    })
  }

  #dial(stage: Stage): void {
    const plugin = this.#workflow.plugins.find((one) => one.name === stage.name)
    if (plugin?.port !== undefined) void keepDialing(stage, { host: plugin.host ?? this.#workflow.host, port: plugin.port }, this.#dialer)
  }
}

async function letGo(stage: Stage): Promise<void> {
  const { peer } = stage
  if (peer === null) return
  await stage.detach(peer)
  peer.goodbye('the edge is closing')
  await peer.close('the edge is closing')
}
