// Packets that overtook their keys: kept, boundedly, until those are there. RFC 9000 sections 5.2.2 and 5.7, RFC 9001 section 5.7.
import { Buffer } from 'node:buffer'
import type { Level } from './crypto/level.ts'
import { MAX_EARLY_PACKETS } from './limits.ts'

interface EarlyPacket {
  readonly level: Level
  readonly bytes: Buffer
  readonly ecn: number
}

const NONE: readonly EarlyPacket[] = []

export class EarlyPackets {
  #packets: readonly EarlyPacket[] = NONE

  /** Keeps MAX_EARLY_PACKETS of each level, so that a flood of one does not keep out the others. */
  keep(level: Level, source: Buffer, start: number, end: number, ecn: number): void {
    if (this.#packets.filter((packet) => packet.level === level).length >= MAX_EARLY_PACKETS) return
    this.#packets = [...this.#packets, { level, bytes: Buffer.from(source.subarray(start, end)), ecn }]
  }

  /** Takes out those of one level, oldest first. */
  take(level: Level): readonly EarlyPacket[] {
    if (this.#packets === NONE) return NONE
    const taken = this.#packets.filter((packet) => packet.level === level)
    if (taken.length > 0) this.#packets = this.#packets.filter((packet) => packet.level !== level)
    return taken
  }
}
