// Two peers, a path each way, and a clock: runs whatever has the shape of a peer through whatever a path can do to it, as fast as the machine goes and
// the same way each time.
import { VirtualClock } from './clock.ts'
import { NOT_ECT } from './ecn.ts'
import { NetsimError } from './error.ts'
import { type Envelope, Link } from './link.ts'
import { Nat } from './nat.ts'
import type { ImpairmentOptions } from './options.ts'
import { Random } from './random.ts'
import { type Side, Trace, type TraceEvent } from './trace.ts'

/** A datagram and where it goes. Addresses are opaque tokens; a side's first socket has the side's name. */
export interface Outgoing {
  /** The payload of one datagram. */
  readonly bytes: Uint8Array
  /** The ECN field of the IP header, 0 to 3. Default 0. */
  readonly ecn?: number
  /** The socket of the sender's that it leaves by: a name that the other side does not use. Default the side's name. */
  readonly socket?: string
  /** Default the other side's first socket, as the network knows it now. */
  readonly to?: string
}

/** How a datagram came. */
export interface Arrival {
  /** The sender's address as the network knows it: another one after the sender was rebound. */
  readonly from: string
  /** The socket by which it came. */
  readonly socket: string
  readonly ecn: number
}

/** One end of a network. Times are virtual milliseconds. */
export interface Peer {
  /** A datagram has come, whose bytes are the peer's to keep. */
  receive(datagram: Uint8Array, now: number, arrival: Arrival): void
  /** The next datagram to send, or null for none; asked until null. Its bytes are copied before the next call. */
  transmit(now: number): Uint8Array | Outgoing | null
  /** When `wake` is to be called; null for never. */
  wakeAt(): number | null
  /** The moment has come that `wakeAt` named. */
  wake(now: number): void
}

/** Two directions, and the seed of all that is random. */
export interface NetworkOptions {
  /** All that is random follows from it: same seed, same trace. */
  readonly seed: number
  /** The path from the first peer to the second. Default without fault or delay. */
  readonly aToB?: ImpairmentOptions
  /** The path back. Default as there. */
  readonly bToA?: ImpairmentOptions
  /** How many events the trace keeps. Default 10,000. */
  readonly traceLimit?: number
  /** Hears every event of the trace, those that are not kept included. */
  readonly ontrace?: (event: TraceEvent) => void
}

/** How many rounds the clock may stand still, and how many datagrams one peer may send in one of them, before that counts as a fault. */
const MAX_ROUNDS_AT_ONCE = 10_000
const MAX_DATAGRAMS_AT_ONCE = 100_000

const TRACE_LINES_IN_ERRORS = 20

/** Two peers, a path each way, and a clock. */
export class Network {
  /** The time of the whole network. */
  readonly clock: VirtualClock = new VirtualClock()
  /** What became of each datagram. */
  readonly trace: Trace
  /** The way from a to b. */
  readonly aToB: Link
  /** The way back. */
  readonly bToA: Link
  readonly #seed: number
  readonly #peers: { readonly [S in Side]: Peer }
  readonly #nats: { readonly [S in Side]: Nat } = { a: new Nat(), b: new Nat() }
  #roundsAtOnce = 0

  /** Throws BAD_OPTION. */
  constructor(a: Peer, b: Peer, options: NetworkOptions) {
    const random = new Random(options.seed)
    const there = options.aToB ?? {}
    this.#seed = options.seed
    this.#peers = { a, b }
    this.trace = new Trace(options.traceLimit ?? 10_000, options.ontrace)
    this.aToB = new Link(this.clock, there, random.fork(), 'a', this.trace, (bytes, envelope) => this.#deliver('b', bytes, envelope))
    this.bToA = new Link(this.clock, options.bToA ?? there, random.fork(), 'b', this.trace, (bytes, envelope) =>
      this.#deliver('a', bytes, envelope),
    )
  }

  /**
   * Runs until nothing is under way and nobody wants to be woken (`quiescent`), or until the clock shows `deadline` (`deadline`).
   * Throws PEER_FAILED and STALLED.
   */
  run(deadline: number): 'quiescent' | 'deadline' {
    return this.#drive(deadline, () => false) as 'quiescent' | 'deadline'
  }

  /** Runs until `condition` holds; it is asked whenever something has happened. Throws DEADLINE when it never does, PEER_FAILED and STALLED. */
  runUntil(condition: () => boolean, deadline: number): void {
    const outcome = this.#drive(deadline, condition)
    if (outcome === 'condition') return
    const why = outcome === 'quiescent' ? 'nothing more happens' : 'the deadline is reached'
    throw this.#error('DEADLINE', `${why}, and what was waited for is not so`)
  }

  /** Gives all of a side's sockets other addresses; what is under way to the old ones is lost. RFC 9000 section 9.3. */
  rebind(side: Side): void {
    this.#nats[side].rebind()
  }

  #drive(deadline: number, condition: () => boolean): 'quiescent' | 'deadline' | 'condition' {
    for (;;) {
      this.#flush('a', this.aToB)
      this.#flush('b', this.bToA)
      if (condition()) return 'condition'
      const next = this.#nextEvent()
      if (next === null) return 'quiescent'
      if (next > deadline) {
        this.clock.run(deadline)
        return 'deadline'
      }
      this.#countRounds(next)
      this.clock.run(next)
      this.#wake('a')
      this.#wake('b')
    }
  }

  #flush(side: Side, link: Link): void {
    const peer = this.#peers[side]
    for (let count = 0; ; count++) {
      if (count === MAX_DATAGRAMS_AT_ONCE) throw this.#error('STALLED', `peer ${side} sends without end`)
      const datagram = this.#call(side, 'transmit', () => peer.transmit(this.clock.now))
      if (datagram === null) return
      this.#send(side, link, datagram instanceof Uint8Array ? { bytes: datagram } : datagram)
    }
  }

  #send(side: Side, link: Link, { bytes, ecn = NOT_ECT, socket = side, to }: Outgoing): void {
    const other = side === 'a' ? 'b' : 'a'
    link.send(bytes, { ecn, from: this.#nats[side].outside(socket), to: to ?? this.#nats[other].outside(other) })
  }

  /** False when nobody is at the address any more. */
  #deliver(side: Side, bytes: Uint8Array, { from, to, ecn }: Envelope): boolean {
    const socket = this.#nats[side].inside(to)
    if (socket === null) return false
    this.#call(side, 'receive', () => this.#peers[side].receive(bytes, this.clock.now, { from, socket, ecn }))
    return true
  }

  #nextEvent(): number | null {
    let next = this.clock.next
    for (const peer of [this.#peers.a, this.#peers.b]) {
      const at = peer.wakeAt()
      if (at !== null && (next === null || at < next)) next = at
    }
    return next === null ? null : Math.max(next, this.clock.now)
  }

  #wake(side: Side): void {
    const peer = this.#peers[side]
    const at = peer.wakeAt()
    if (at !== null && at <= this.clock.now) this.#call(side, 'wake', () => peer.wake(this.clock.now))
  }

  #countRounds(next: number): void {
    this.#roundsAtOnce = next > this.clock.now ? 0 : this.#roundsAtOnce + 1
    if (this.#roundsAtOnce <= MAX_ROUNDS_AT_ONCE) return
    const [a, b] = [this.#peers.a.wakeAt(), this.#peers.b.wakeAt()]
    throw this.#error('STALLED', `the clock does not go on; peer a wants to be woken at ${a}, peer b at ${b}`)
  }

  #call<T>(side: Side, what: string, run: () => T): T {
    try {
      return run()
    } catch (cause) {
      throw this.#error('PEER_FAILED', `peer ${side} threw in ${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      })
    }
  }

  #error(code: NetsimError['code'], message: string, options?: ErrorOptions): NetsimError {
    const lines = this.trace.tail(TRACE_LINES_IN_ERRORS)
    return new NetsimError(code, `${message} (seed ${this.#seed}, at ${this.clock.now} ms)${lines && `\n${lines}`}`, options)
  }
}
