// Where what packets are kept in lies until the next one: connections of a thread share it, so that those which are idle hold none.
import { MAX_PILED_PACKETS } from './limits.ts'
import { SentPacket } from './sent-packet.ts'

/** A pile: what was put there last is taken first, since the processor has it in its cache still. */
export class PacketPile {
  readonly #packets: SentPacket[] = []

  take(): SentPacket {
    return this.#packets.pop() ?? new SentPacket()
  }

  /** Its content must have been let go. Of its connection nothing stays: a pile that is full would keep thousands that have ended. */
  put(packet: SentPacket): void {
    packet.path = null
    packet.acknowledges = null
    if (this.#packets.length < MAX_PILED_PACKETS) this.#packets.push(packet)
  }
}
