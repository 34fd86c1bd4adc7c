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
  readonly #offsets = new Uint32Array(TRAIN)
  readonly #lengths = new Uint16Array(TRAIN)
  readonly #slot: Slot = { memory: this.#train, offset: 0, capacity: MAX_UDP_PAYLOAD, to: null, local: null, ecn: 0, refusals: null }
  #arrival: { -readonly [K in keyof Arrival]: Arrival[K] } | null = null

  constructor(onevent: (end: End, event: ConnectionEvent) => void) {
    this.#onevent = onevent
  }

  /** What `from` has to send, a train of it at most. Returns how many datagrams that was. */
  pass(from: End, to: End, now: number): number {
    const count = this.#load(from, now)
    this.#tell(from)
    const arrival = this.#arriving(to)
    for (let index = 0; index < count; ) {
      arrival.offset = this.#offsets[index]!
      arrival.length = this.#lengths[index]!
      index += to.connection.receiveTrain(arrival, this.#alike(index, count), now)
    }
    this.#tell(to)
    return count
  }

  /** Datagrams from this one on that are as long as it. */
  #alike(index: number, count: number): number {
    let end = index
    while (end < count && this.#lengths[end] === this.#lengths[index]) end++
    return end - index
  }

  /** End to end, as an endpoint does. Returns how many datagrams it was. */
  #load({ connection }: End, now: number): number {
    const slot = this.#slot
    let count = 0
    let at = 0
    while (count < TRAIN) {
      slot.offset = at
      const length = connection.transmit(slot, now)
      if (length === 0) break
      at = this.#note(count++, at, length)
      slot.offset = at
      const alike = connection.transmitMore(slot, length, TRAIN - count, now)
      for (let index = 0; index < alike; index++) at = this.#note(count++, at, length)
    }
    return count
  }

  /** Returns where the next one goes. */
  #note(index: number, at: number, length: number): number {
    this.#offsets[index] = at
    this.#lengths[index] = length
    return at + length
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
