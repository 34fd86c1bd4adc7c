// Real connections over netsim: any number of flows that share one path, each a client that sends and a server that reads. Virtual time, seeded.
import { type Arrival, type ImpairmentOptions, Network, type Outgoing, type Peer } from '@millrace/netsim'
import type { CongestionController } from '../../src/core/congestion/controller.ts'
import { NewReno } from '../../src/core/congestion/new-reno.ts'
import type { SendStream } from '../../src/core/streams/send-stream.ts'
import type { Side } from '../../src/core/streams/stream-id.ts'
import type { TransportParameters } from '../../src/core/wire/transport-parameters.ts'
import { Pair, type PairOptions } from './pair.ts'

export const DATAGRAM = 1200

/** One flow: which controller sends, when it begins, and how many bytes (default without end). */
export interface FlowOptions {
  readonly controller: CongestionController
  readonly startAt?: number
  readonly bytes?: number
  /** Further options of its connections. */
  readonly pair?: PairOptions
}

export interface PathOptions {
  readonly seed: number
  readonly toServer: ImpairmentOptions
  readonly toClient: ImpairmentOptions
  readonly traceLimit?: number
}

const WINDOW = 1 << 30

/** Flow control that never binds. */
const PARAMETERS: Partial<TransportParameters> = {
  initialMaxData: WINDOW,
  initialMaxStreamDataUni: WINDOW,
  maxIdleTimeout: 120_000,
}

/** What is written at a time, and what a sender keeps ready. */
const CHUNK = Buffer.alloc(64 * 1024, 7)
const READY = 4 * CHUNK.length

export class Flow {
  readonly pair: Pair
  readonly startAt: number
  /** Bytes that the server's application has read. */
  delivered = 0
  readonly #bytes: number
  #stream: SendStream | null = null

  constructor({ controller, startAt = 0, bytes = Number.POSITIVE_INFINITY, pair = {} }: FlowOptions) {
    this.startAt = startAt
    this.#bytes = bytes
    this.pair = new Pair({
      ...pair,
      client: { ...PARAMETERS, ...pair.client },
      server: { ...PARAMETERS, ...pair.server },
      controller: (side) => (side === 'client' ? controller : new NewReno(DATAGRAM)),
    })
    this.pair.onevent = ({ connection: { streams } }, event) => {
      if (event.type !== 'streamReadable') return
      for (let chunk = streams.read(event.stream); chunk !== null; chunk = streams.read(event.stream)) this.delivered += chunk.length
    }
  }

  /** Nothing is left to be delivered. */
  get done(): boolean {
    return this.delivered >= this.#bytes
  }

  /** A sender that always has something to send, as long as there is something left. */
  feed(): void {
    const { client } = this.pair
    if (!client.has('handshakeCompleted')) return
    this.#stream ??= client.connection.streams.openStream('uni')!.send!
    while (this.#stream.unsent < READY && this.#stream.written < this.#bytes) {
      this.#stream.write(CHUNK.subarray(0, Math.min(CHUNK.length, this.#bytes - this.#stream.written)))
    }
  }
}

/** A pair's time begins here, a network's at 0. */
const EPOCH = 1000

/** All clients, or all servers: each datagram is preceded by a byte that names its flow. */
class Host implements Peer {
  readonly #flows: readonly Flow[]
  readonly #side: Side
  #turn = 0

  constructor(flows: readonly Flow[], side: Side) {
    this.#flows = flows
    this.#side = side
  }

  receive(datagram: Uint8Array, now: number, { ecn }: Arrival): void {
    const { pair } = this.#flows[datagram[0]!]!
    const bytes = Buffer.from(datagram.buffer, datagram.byteOffset + 1, datagram.length - 1)
    pair[this.#side].receive(bytes, EPOCH + now, undefined, undefined, ecn)
  }

  transmit(now: number): Outgoing | null {
    for (let tried = 0; tried < this.#flows.length; tried++) {
      const index = this.#turn++ % this.#flows.length
      const flow = this.#flows[index]!
      if (now < flow.startAt) continue
      if (this.#side === 'client') flow.feed()
      const datagram = flow.pair[this.#side].transmit(EPOCH + now)
      if (datagram !== null) return { bytes: Buffer.concat([Buffer.of(index), datagram]), ecn: flow.pair[this.#side].way.ecn }
    }
    return null
  }

  wakeAt(): number | null {
    let first: number | null = null
    for (const { pair, startAt } of this.#flows) {
      const at = pair[this.#side].connection.wakeAt()
      if (at === null) continue
      const due = pair.client.connection.recovery.stats.packetsSent === 0 ? startAt : at - EPOCH
      if (first === null || due < first) first = due
    }
    return first
  }

  wake(now: number): void {
    for (const { pair, startAt } of this.#flows) {
      const end = pair[this.#side]
      const at = end.connection.wakeAt()
      if (now < startAt || at === null || at - EPOCH > now) continue
      end.connection.wake(EPOCH + now)
      end.drain()
    }
  }
}

export class Flows {
  readonly network: Network
  readonly flows: readonly Flow[]

  constructor(options: readonly FlowOptions[], path: PathOptions) {
    this.flows = options.map((flow, i) => new Flow({ ...flow, pair: { seed: path.seed + i, ...flow.pair } }))
    this.network = new Network(new Host(this.flows, 'client'), new Host(this.flows, 'server'), {
      seed: path.seed,
      aToB: path.toServer,
      bToA: path.toClient,
      traceLimit: path.traceLimit ?? 100,
    })
  }

  get now(): number {
    return this.network.clock.now
  }

  /** Runs until the clock shows so many milliseconds. */
  run(until: number): void {
    this.network.run(until)
  }

  runUntil(condition: () => boolean, deadline: number): void {
    this.network.runUntil(condition, deadline)
  }

  /** Bytes a millisecond that each flow's application got in a span of time. */
  goodputs(from: number, until: number): number[] {
    this.run(from)
    const before = this.flows.map((flow) => flow.delivered)
    this.run(until)
    return this.flows.map((flow, index) => (flow.delivered - before[index]!) / (until - from))
  }

  release(): void {
    for (const { pair } of this.flows) pair.release()
  }
}
