// One end of a run: a real connection with real TLS, the users above it, and the door to the network, at which everything is checked.

import { Arena } from '@millrace/native'
import type { Arrival, Outgoing, Peer, VirtualClock } from '@millrace/netsim'
import { Connection, type ConnectionOptions } from '../packages/quic/src/core/connection.ts'
import type { Slot } from '../packages/quic/src/core/datagram-builder.ts'
import { MAX_UDP_PAYLOAD } from '../packages/quic/src/core/limits.ts'
import { Application } from './application.ts'
import type { DatagramLedgers } from './datagram-traffic.ts'
import type { Door } from './door.ts'
import { SimulationFailure } from './failure.ts'
import type { Flows } from './flow.ts'
import { Inbox } from './inbox.ts'
import type { Journal } from './journal.ts'
import type { Places } from './places.ts'
import type { EndPlan } from './scenario.ts'

/** Datagrams and moments may come one after the other at the same time; so many wakes in a row without effect are a spin. */
const MAX_WAKES_AT_ONCE = 50

/** Datagrams that are built in one go, where they may be. */
const TRAIN = 8

/** What both ends of a run have in common. */
export interface Shared {
  readonly clock: VirtualClock
  readonly flows: Flows
  readonly ledgers: DatagramLedgers
  readonly journal: Journal
  /** Before the server; null where whoever comes is let in. */
  readonly door: Door | null
}

export class End implements Peer {
  readonly connection: Connection
  readonly application: Application
  /** What has come, until the reader does. */
  readonly inbox: Inbox = new Inbox()
  bytesReceived = 0
  bytesSent = 0
  /** Called when anything has happened to this end. */
  oncheck: () => void = () => {}
  readonly #clock: VirtualClock
  readonly #journal: Journal
  readonly #slot: Slot = {
    memory: Arena.allocate(TRAIN * MAX_UDP_PAYLOAD),
    offset: 0,
    capacity: MAX_UDP_PAYLOAD,
    to: null,
    local: null,
    ecn: 0,
    refusals: null,
  }
  /** How many of the datagrams that were built together are still to be sent, and their size. */
  #ready = 0
  #size = 0
  readonly #gathersMillis: number
  readonly #places: Places
  readonly #door: Door | null
  /** What the door answers, until it is sent. */
  readonly #replies: Outgoing[] = []
  #wokenAt = -1
  #wakes = 0

  constructor(plan: EndPlan, options: ConnectionOptions, places: Places, shared: Shared) {
    const { clock, flows, ledgers, journal, door } = shared
    this.#gathersMillis = plan.gathersMillis
    this.#places = places
    this.#door = plan.side === 'server' ? door : null
    this.#clock = clock
    this.#journal = journal
    this.connection = new Connection(options, clock.now)
    this.application = new Application(plan, this.connection, clock, flows, ledgers)
  }

  start(): void {
    this.connection.start(this.#clock.now)
    if (this.connection.spaces.application.earlySealer !== null) this.application.begin()
    this.#drain()
  }

  close(code: bigint, reason: string): void {
    this.connection.close(code, reason, this.#clock.now)
    this.#drain()
  }

  /** Goes over to another socket, if it may now. RFC 9000 section 9.2. */
  migrate(socket: string): void {
    const went = this.connection.migrate(this.#places.local(socket), this.connection.path.remote, this.#clock.now)
    this.#journal.note(this.#clock.now, `${this.connection.side}  ${went ? 'goes' : 'may not go'} to socket ${socket}`)
    this.#drain()
  }

  receive(datagram: Uint8Array, now: number, { from, socket, ecn }: Arrival): void {
    this.bytesReceived += datagram.length
    const [remote, local] = [this.#places.remote(from), this.#places.local(socket)]
    const admitted = this.#door?.admit(datagram, remote, now) ?? (this.#door === null ? 'in' : null)
    if (admitted !== 'in') {
      if (admitted !== null) this.#replies.push({ bytes: admitted, socket, to: from })
      return
    }
    const { inbox } = this
    if (inbox.isEmpty && this.#gathersMillis > 0) this.#clock.schedule(now + this.#gathersMillis, () => this.#read())
    inbox.add(datagram, ecn, remote, local)
    if (inbox.isFull || this.#gathersMillis === 0) this.#read()
  }

  transmit(now: number): Outgoing | null {
    const reply = this.#replies.shift()
    if (reply !== undefined) {
      this.bytesSent += reply.bytes.length
      return reply
    }
    const length = this.#build(now)
    if (length === 0) {
      // What was acknowledged with the question is told once the answer is built.
      this.#tell()
      return null
    }
    this.#wakes = 0
    this.#drain()
    const { memory, offset, local, to, ecn } = this.#slot
    return { bytes: memory.bytes.subarray(offset, offset + length), socket: this.#places.socket(local!), to: to!.address, ecn }
  }

  /** The next datagram is in the slot: as in an endpoint, those that are alike are built behind the first of them. Returns its length. */
  #build(now: number): number {
    const slot = this.#slot
    if (this.#ready > 0) {
      this.#ready--
      slot.offset += this.#size
      return this.#size
    }
    slot.offset = 0
    const length = this.connection.transmit(slot, now)
    if (length === 0) return 0
    slot.offset = length
    this.#ready = this.connection.transmitMore(slot, length, TRAIN - 1, now)
    this.#size = length
    this.bytesSent += length * (1 + this.#ready)
    slot.offset = 0
    return length
  }

  wakeAt(): number | null {
    return this.connection.wakeAt()
  }

  wake(now: number): void {
    this.#wakes = now === this.#wokenAt ? this.#wakes + 1 : 0
    this.#wokenAt = now
    if (this.#wakes > MAX_WAKES_AT_ONCE)
      throw new SimulationFailure(`${this.connection.side}: it wants to be woken again and again, and does nothing`)
    this.connection.wake(now)
    this.#drain()
  }

  #read(): void {
    this.inbox.handTo(this.connection, this.#clock.now)
    this.#drain()
  }

  #drain(): void {
    this.#tell()
    this.oncheck()
  }

  #tell(): void {
    for (let event = this.connection.takeEvent(); event !== null; event = this.connection.takeEvent()) {
      const what = 'stream' in event ? ` ${event.stream.id}` : event.type === 'closed' ? ` ${event.reason.type}` : ''
      this.#journal.note(this.#clock.now, `${this.connection.side}  ${event.type}${what}`)
      this.application.hear(event)
    }
  }
}
