// Packets that overtook their keys: kept, boundedly, until those are there. RFC 9000 section 5.7, RFC 9001 section 5.7.
import { MAX_EARLY_PACKETS } from './limits.ts'
import type { PacketSpace } from './packet-space.ts'

interface EarlyPacket {
  readonly space: PacketSpace
  readonly bytes: Buffer
  readonly ecn: number
}

export class EarlyPackets {
  #packets: EarlyPacket[] = []

  keep(space: PacketSpace, source: Buffer, start: number, end: number, ecn: number): void {
    if (this.#packets.length >= MAX_EARLY_PACKETS) return
    this.#packets.push({ space, bytes: Buffer.from(source.subarray(start, end)), ecn })
  }

  /** Takes out those of one space, oldest first. */
  take(space: PacketSpace): readonly EarlyPacket[] {
    const taken = this.#packets.filter((packet) => packet.space === space)
    if (taken.length > 0) this.#packets = this.#packets.filter((packet) => packet.space !== space)
    return taken
  }
}
