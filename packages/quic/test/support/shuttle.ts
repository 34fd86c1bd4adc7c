// Carries datagrams between two connections in place, as fast as it can: no sockets, no network, no copies.
import { Arena } from '@millrace/native'
import type { Arrival } from '../../src/core/connection.ts'
import type { Slot } from '../../src/core/datagram-builder.ts'
import type { ConnectionEvent } from '../../src/core/events.ts'
import { MAX_UDP_PAYLOAD } from '../../src/core/limits.ts'
import type { End } from './pair.ts'

/** Datagrams that one side sends before the other answers. */
export const TRAIN = 40

/** One serves any number of pairs. */
export class Shuttle {
  readonly #onevent: (end: End, event: ConnectionEvent) => void
  readonly #train = Arena.allocate(TRAIN * MAX_UDP_PAYLOAD)
  readonly #lengths = new Uint16Array(TRAIN)
  readonly #slot: Slot = { memory: this.#train, offset: 0, capacity: MAX_UDP_PAYLOAD, to: null, local: null, ecn: 0, refusals: null }
  #arrival: { -readonly [K in keyof Arrival]: Arrival[K] } | null = null

  constructor(onevent: (end: End, event: ConnectionEvent) => void) {
    this.#onevent = onevent
  }

  /** What `from` has to send, a train of it at most. Returns how many datagrams that was. */
  pass(from: End, to: End, now: number): number {
    const slot = this.#slot
    let count = 0
    for (; count < TRAIN; count++) {
      slot.offset = count * MAX_UDP_PAYLOAD
      const length = from.connection.transmit(slot, now)
      if (length === 0) break
      this.#lengths[count] = length
    }
    this.#tell(from)
    const arrival = this.#arriving(to)
    for (let index = 0; index < count; index++) {
      arrival.offset = index * MAX_UDP_PAYLOAD
      arrival.length = this.#lengths[index]!
      to.connection.receive(arrival, now)
    }
    this.#tell(to)
    return count
  }

  #arriving({ connection: { path } }: End): { -readonly [K in keyof Arrival]: Arrival[K] } {
    this.#arrival ??= { memory: this.#train, offset: 0, length: 0, ecn: 0, from: path.remote, local: path.local }
    this.#arrival.from = path.remote
    this.#arrival.local = path.local
    return this.#arrival
  }

  #tell(end: End): void {
    for (let event = end.connection.takeEvent(); event !== null; event = end.connection.takeEvent()) this.#onevent(end, event)
  }
}
