// One direction of a path, on virtual time.
import type { VirtualClock } from './clock.ts'
import { Impairment } from './impairment.ts'
import type { ImpairmentOptions } from './options.ts'
import type { Random } from './random.ts'
import { digest, type Side, type Trace } from './trace.ts'

export class Link {
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #side: Side
  readonly #trace: Trace
  readonly #deliver: (datagram: Uint8Array) => void
  #impairment: Impairment
  #sent = 0

  /** `side` is the one that sends; `deliver` is called on the clock's time with bytes that are the receiver's to keep. Throws BAD_OPTION. */
  constructor(
    clock: VirtualClock,
    options: ImpairmentOptions,
    random: Random,
    side: Side,
    trace: Trace,
    deliver: (datagram: Uint8Array) => void,
  ) {
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
  send(datagram: Uint8Array): void {
    const index = ++this.#sent
    const now = this.#clock.now
    const { deliveries, dropped } = this.#impairment.decide(datagram, now)
    this.#note(index, 'sent', datagram)
    if (dropped !== null) this.#note(index, dropped, datagram)
    for (const { delayMillis, bytes } of deliveries) {
      this.#clock.schedule(now + delayMillis, () => {
        this.#note(index, 'arrived', bytes)
        this.#deliver(bytes)
      })
    }
  }

  #note(index: number, what: Parameters<Trace['add']>[0]['what'], datagram: Uint8Array): void {
    this.#trace.add({ at: this.#clock.now, from: this.#side, index, what, size: datagram.length, digest: digest(datagram) })
  }
}
