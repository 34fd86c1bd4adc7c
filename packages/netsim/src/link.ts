// One direction of a path, on virtual time.
import type { VirtualClock } from './clock.ts'
import { NOT_ECT } from './ecn.ts'
import { Impairment } from './impairment.ts'
import type { ImpairmentOptions } from './options.ts'
import type { Random } from './random.ts'
import { digest, type Side, type Trace, type TraceEvent } from './trace.ts'

/** What is written on the outside of a datagram. */
export interface Envelope {
  /** The sender's address as the network knows it. */
  readonly from: string
  readonly to: string
  /** The ECN field of the IP header. */
  readonly ecn: number
}

const BLANK: Envelope = { from: '', to: '', ecn: NOT_ECT }

/** One direction of a path, on virtual time. */
export class Link {
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #side: Side
  readonly #trace: Trace
  readonly #deliver: Delivering
  #impairment: Impairment
  #sent = 0

  /**
   * `side` is the one that sends. `deliver` is called on the clock's time with bytes that are the receiver's to keep; false is that nobody is at
   * the address. Throws BAD_OPTION.
   */
  constructor(clock: VirtualClock, options: ImpairmentOptions, random: Random, side: Side, trace: Trace, deliver: Delivering) {
    this.#clock = clock
    this.#random = random
    this.#side = side
    this.#trace = trace
    this.#deliver = deliver
    this.#impairment = new Impairment(options, random)
  }

  /** How many datagrams have been sent. */
  get sent(): number {
    return this.#sent
  }

  /** From now on the path has these faults in place of the earlier ones. What is under way arrives as it was to; its drop list counts from here. */
  impair(options: ImpairmentOptions): void {
    this.#impairment = new Impairment(options, this.#random)
  }

  /** Sends a datagram, whose bytes stay the caller's. */
  send(datagram: Uint8Array, envelope: Envelope = BLANK): void {
    const index = ++this.#sent
    const now = this.#clock.now
    const { deliveries, dropped } = this.#impairment.decide(datagram, now, envelope.ecn)
    this.#note(index, 'sent', datagram, envelope.ecn)
    if (dropped !== null) this.#note(index, dropped, datagram, envelope.ecn)
    for (const { delayMillis, bytes, ecn } of deliveries) {
      this.#clock.schedule(now + delayMillis, () => {
        this.#note(index, 'arrived', bytes, ecn)
        if (!this.#deliver(bytes, { ...envelope, ecn })) this.#note(index, 'unreachable', bytes, ecn)
      })
    }
  }

  #note(index: number, what: TraceEvent['what'], datagram: Uint8Array, ecn: number): void {
    this.#trace.add({ at: this.#clock.now, from: this.#side, index, what, size: datagram.length, ecn, digest: digest(datagram) })
  }
}

type Delivering = (datagram: Uint8Array, envelope: Envelope) => boolean
