// The ledger of one packet-number space: which packets are out, by number. RFC 9002 appendix A.1.
// A ring of pooled packets, as numbers only ever rise and nearly all leave in order.
import type { Instant } from '../instant.ts'
import { INITIAL_TRACKED_PACKETS, MAX_TRACKED_PACKETS } from './limits.ts'
import { SentPacket } from './sent-packet.ts'

export class SentPackets {
  /** None before the first packet. */
  #ring: SentPacket[] = []
  #mask = -1
  #oldest = 0
  #next = 0

  /** The number that the next packet gets. */
  get next(): number {
    return this.#next
  }

  /** No packet below this number is outstanding. Equal to `next` when nothing is. */
  get oldest(): number {
    return this.#oldest
  }

  /** At the limit: `begin` throws until the oldest packet is settled. */
  get isFull(): boolean {
    return this.#next - this.#oldest >= MAX_TRACKED_PACKETS
  }

  /** The next packet, empty. Nothing is recorded until `commit`; begun again without it, the same number comes back. */
  begin(): SentPacket {
    if (this.#next - this.#oldest === this.#ring.length) this.#makeRoom()
    const packet = this.#ring[this.#next & this.#mask]!
    packet.reset(this.#next)
    return packet
  }

  /** Records that the packet last begun was sent. */
  commit(packet: SentPacket, size: number, now: Instant): void {
    if (packet.number !== this.#next || packet.state !== 'building')
      throw new RangeError(`packet ${packet.number} is not the one begun last`)
    packet.size = size
    packet.sentAt = now
    packet.state = 'outstanding'
    this.#next++
  }

  /** Leaves a number out, to catch a peer that acknowledges what it cannot have seen. RFC 9000 section 21.4. */
  skip(): void {
    this.begin().state = 'skipped'
    this.#next++
  }

  /** The packet of a number from `oldest` to `next` - 1, else null. */
  lookup(number: number): SentPacket | null {
    return number >= this.#oldest && number < this.#next ? this.#ring[number & this.#mask]! : null
  }

  /** Notes what became of a packet and lets its content go. It stays in the ledger, so that its neighbours can be judged, until `advance`. */
  settle(packet: SentPacket, state: 'acknowledged' | 'lost'): void {
    packet.state = state
    packet.release()
  }

  /** Moves `oldest` past all that is settled. */
  advance(): void {
    while (this.#oldest < this.#next && this.#ring[this.#oldest & this.#mask]!.state !== 'outstanding') this.#oldest++
  }

  /** Forgets everything outstanding; numbers go on. */
  clear(): void {
    for (const packet of this.#ring) packet.release()
    this.#oldest = this.#next
  }

  /** Nothing more will be sent: gives the places back. */
  retire(): void {
    this.clear()
    this.#ring = []
    this.#mask = -1
  }

  /**
   * Peers do not acknowledge packets that hold only ACK frames, unless by chance, so a connection that mostly receives would fill the
   * ledger with them. The oldest are dropped first; only packets in flight make the ring grow.
   */
  #makeRoom(): void {
    while (this.#oldest < this.#next) {
      const packet = this.#ring[this.#oldest & this.#mask]!
      if (packet.state === 'outstanding' && packet.inFlight) break
      packet.release()
      this.#oldest++
    }
    if (this.#next - this.#oldest < this.#ring.length) return
    if (this.isFull) throw new RangeError(`${MAX_TRACKED_PACKETS} packets are outstanding`)
    this.#grow()
  }

  #grow(): void {
    const former = this.#ring
    const formerMask = this.#mask
    const mask = Math.max(former.length * 2, INITIAL_TRACKED_PACKETS) - 1
    const ring: SentPacket[] = []
    for (let place = 0; place <= mask; place++) {
      const number = this.#oldest + ((place - this.#oldest) & mask)
      ring.push(number < this.#next ? former[number & formerMask]! : new SentPacket())
    }
    this.#ring = ring
    this.#mask = mask
  }
}
