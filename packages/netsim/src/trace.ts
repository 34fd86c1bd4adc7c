// What happened on a network, for a look after a failure and for the comparison of two runs. Bounded: the oldest events make way.
import type { DropReason } from './impairment.ts'

/** One of the two directions, by the peer that sends. */
export type Side = 'a' | 'b'

/** One thing that happened on a network. */
export interface TraceEvent {
  /** Virtual milliseconds. */
  readonly at: number
  readonly from: Side
  /** The datagram's number in its direction, the first being 1. */
  readonly index: number
  /** `unreachable`: it arrived where its receiver no longer is. */
  readonly what: 'sent' | 'arrived' | 'unreachable' | DropReason
  /** In bytes. */
  readonly size: number
  /** The ECN field of its IP header, as it was sent or as it arrived. */
  readonly ecn: number
  /** A checksum of the datagram's bytes, as they were sent or as they arrived. */
  readonly digest: number
}

/** What happened on a network. Bounded: the oldest events make way. */
export class Trace {
  readonly #limit: number
  readonly #observer: (event: TraceEvent) => void
  /** A ring: event n of all is at n modulo the limit. */
  readonly #events: TraceEvent[] = []
  #count = 0

  /** Keeps the newest `limit` events; `observer` hears all of them. */
  constructor(limit: number, observer: (event: TraceEvent) => void = () => {}) {
    this.#limit = limit
    this.#observer = observer
  }

  /** How many events there were, those that made way included. */
  get count(): number {
    return this.#count
  }

  /** Those that are kept, the oldest first. */
  get events(): readonly TraceEvent[] {
    const oldest = this.#count % this.#limit
    return this.#count <= this.#limit ? this.#events.slice() : [...this.#events.slice(oldest), ...this.#events.slice(0, oldest)]
  }

  /** Takes note of an event. */
  add(event: TraceEvent): void {
    if (this.#limit > 0) this.#events[this.#count % this.#limit] = event
    this.#count++
    this.#observer(event)
  }

  /** The last `lines` events, a line each. */
  tail(lines: number): string {
    return this.events.slice(-lines).map(line).join('\n')
  }
}

/** FNV-1a, 32 bits. */
export function digest(bytes: Uint8Array): number {
  let hash = 0x811c_9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x0100_0193)
  return hash >>> 0
}

function line({ at, from, index, what, size, digest }: TraceEvent): string {
  const arrow = from === 'a' ? 'a > b' : 'b > a'
  return `${at.toFixed(3).padStart(12)} ms  ${arrow}  #${index}  ${what}  ${size} bytes  ${digest.toString(16).padStart(8, '0')}`
}
