// The packets that went by last, in one direction: what a report of a connection that stalled begins with. Numbers in a row, so that nothing is allocated for
// a packet.
import { LEVELS, type Level } from './crypto/level.ts'
import type { Instant } from './instant.ts'

/** One packet, as it is told of afterwards. */
export interface PacketRecord {
  readonly level: Level
  readonly number: number
  /** Bytes, with header and tag. */
  readonly size: number
  readonly at: Instant
}

/** Packets that are known. */
export const LAST_PACKETS = 3
/** Of nearly all packets. */
const ONE_RTT = LEVELS.indexOf('1rtt')
/** Numbers that each takes: its level, its number, its size, its time. */
const STRIDE = 4

/** @internal */
export class LastPackets {
  // Not a typed array: two of those a connection are 600 bytes, these 300.
  readonly #rows = NO_ROWS.slice()
  #count = 0

  add(level: Level, number: number, size: number, now: Instant): void {
    const at = (this.#count++ % LAST_PACKETS) * STRIDE
    const rows = this.#rows
    rows[at] = level === '1rtt' ? ONE_RTT : LEVELS.indexOf(level)
    rows[at + 1] = number
    rows[at + 2] = size
    rows[at + 3] = now
  }

  /** 1-RTT packets with numbers in a row, of one size, that went by together. */
  addRun(first: number, last: number, size: number, now: Instant): void {
    for (let number = Math.max(first, last - LAST_PACKETS + 1); number <= last; number++) this.add('1rtt', number, size, now)
  }

  /** Oldest first, three at most. */
  list(): PacketRecord[] {
    const kept = Math.min(this.#count, LAST_PACKETS)
    return Array.from({ length: kept }, (_, index) => this.#record((this.#count - kept + index) % LAST_PACKETS))
  }

  #record(place: number): PacketRecord {
    const [level = 0, number = 0, size = 0, at = 0] = this.#rows.slice(place * STRIDE, (place + 1) * STRIDE)
    return { level: LEVELS[level]!, number, size, at }
  }
}

/** Of fractions, as times are: V8 makes another array of one that held whole numbers alone. */
const NO_ROWS: readonly number[] = Array.from({ length: LAST_PACKETS * STRIDE }, () => Number.NaN)
