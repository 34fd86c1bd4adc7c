// One plugin's place in the chain: what waits for it, in lanes, and the connection to it while there is one. The plugin may come and go; what
// it has not finished stays here and is sent again when it is back.

import { MillraceError } from '../error.ts'
import { Gate } from '../gate.ts'
import { LANES, PENDING_MESSAGES } from '../limits.ts'
import type { Peer } from '../peer.ts'
import type { Message } from '../protocol/message.ts'
import { Outflow, type OutflowOwner } from '../protocol/outflow.ts'
import type { Landing } from './landing.ts'

/** What a stage shows of itself. */
export interface StageStats {
  /** As the workflow has it. */
  readonly name: string
  /** Whether the plugin is there now. */
  readonly connected: boolean
  /** Messages that wait for the plugin or have been sent to it and are not finished. */
  readonly pending: number
  /** Their size, with what holding them costs. */
  readonly pendingBytes: number
  /** Messages that the plugin has finished, passed or sent past it in order. */
  readonly finished: number
}

export interface StageOptions {
  readonly name: string
  /** Bytes to keep before those who send have to wait. */
  readonly pendingBytes: number
  /** Where results go on to. */
  forward(message: Message): Gate | null
  report(line: string): void
}

/** What a message costs beside its packet, roughly: the objects that hold it. */
const OVERHEAD_BYTES = 128

export class Stage implements Landing, OutflowOwner {
  readonly gate: Gate = new Gate()
  /** Opens when nothing is pending any more. */
  readonly idle: Gate = new Gate()
  readonly #options: StageOptions
  readonly #lanes: (Outflow | undefined)[] = new Array(LANES)
  /** To whom each lane has a stream, open or about to open. */
  readonly #carriers: (Peer | undefined)[] = new Array(LANES)
  /** Null until the plugin has said once what it observes: until then everything waits for it. */
  #observed: ReadonlySet<number> | null = null
  #peer: Peer | null = null
  #isFull = false
  #pending = 0
  #pendingBytes = 0
  #finished = 0

  constructor(options: StageOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  get peer(): Peer | null {
    return this.#peer
  }

  get isFull(): boolean {
    return this.#isFull
  }

  get isIdle(): boolean {
    return this.#pending === 0
  }

  get stats(): StageStats {
    const { name } = this.#options
    return { name, connected: this.#peer !== null, pending: this.#pending, pendingBytes: this.#pendingBytes, finished: this.#finished }
  }

  /** Whether the message has to stop here: for the plugin, or to keep its order behind one that waits for it. */
  stops(message: Message): boolean {
    return this.#observes(message) || (this.#lanes[message.tag % LANES]?.length ?? 0) > 0
  }

  push(message: Message): void {
    const lane = this.#lane(message.tag % LANES)
    this.#pending++
    this.#pendingBytes += message.packet.length + OVERHEAD_BYTES
    if (this.#observes(message)) {
      lane.push(message)
      if (this.#peer !== null && this.#carriers[lane.lane] !== this.#peer) this.#carry(lane, this.#peer)
    } else lane.pushBystander(message)
    if (!this.#isFull && this.#isOver(1)) this.#fill()
  }

  forward(message: Message): Gate | null {
    return this.#options.forward(message)
  }

  finished(message: Message): void {
    this.#finished++
    this.#pending--
    this.#pendingBytes -= message.packet.length + OVERHEAD_BYTES
    // Reopened with a quarter free, so that those who wait are not woken for every single message.
    if (this.#isFull && !this.#isOver(0.75)) {
      this.#isFull = false
      this.gate.openWide()
    }
    if (this.#pending === 0) this.idle.openWide()
  }

  /** Puts a plugin in. What waits is sent to it at once; the one before, if it is still there, is taken out. */
  attach(peer: Peer): Peer | null {
    const before = this.#peer
    this.#observed = new Set(peer.greeting.observed)
    this.#peer = peer
    peer.ongoodbye = () => void this.detach(peer)
    peer.onflow = () => peer.fail(new MillraceError('ERR_MILLRACE_UNEXPECTED', 'a flow that a plugin opens'))
    void peer.closed.then(() => this.detach(peer))
    for (const lane of this.#lanes) if (lane !== undefined && lane.length > 0) this.#carry(lane, peer)
    return before
  }

  /** Sends nothing more to this plugin; what has been sent to it may still be answered. */
  async detach(peer: Peer): Promise<void> {
    if (this.#peer !== peer) return
    this.#peer = null
    await Promise.all(this.#lanes.map((lane) => lane?.finish()))
  }

  #observes(message: Message): boolean {
    return message.mixed || this.#observed === null || this.#observed.has(message.tag)
  }

  #lane(index: number): Outflow {
    this.#lanes[index] ??= new Outflow(index, this)
    return this.#lanes[index]
  }

  #carry(lane: Outflow, peer: Peer): void {
    this.#carriers[lane.lane] = peer
    const carried = lane.carry(peer.session.createBidirectionalStream()).then(() => {
      if (this.#peer === peer) throw new MillraceError('ERR_MILLRACE_UNEXPECTED', 'the plugin ended a flow that the edge had not ended')
    })
    carried.catch((error: unknown) => peer.fail(error))
  }

  #isOver(share: number): boolean {
    return this.#pendingBytes > this.#options.pendingBytes * share || this.#pending > PENDING_MESSAGES * share
  }

  #fill(): void {
    this.#isFull = true
    const state = this.#peer === null ? 'is away' : 'is slow'
    const megabytes = (this.#pendingBytes / 1024 / 1024).toFixed(1)
    this.#options.report(
      `plugin '${this.name}' ${state}: ${this.#pending} messages (${megabytes} MiB) wait for it, the most that is kept; sources are held back`,
    )
  }
}
