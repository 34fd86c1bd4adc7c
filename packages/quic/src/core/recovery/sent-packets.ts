// The ledger of one packet-number space: which packets are out, by number. RFC 9002 appendix A.1.
// A ring, as numbers only ever rise and nearly all leave in order. What a packet is kept in goes to a pile when it is settled: in the order of the ring the
// next one would be the coldest of all.
import type { Instant } from '../instant.ts'
import { INITIAL_TRACKED_PACKETS, MAX_TRACKED_PACKETS } from './limits.ts'
import { PacketPile } from './packet-pile.ts'
import type { SentPacket } from './sent-packet.ts'

export class SentPackets {
  /** None before the first packet; null where no packet is out. */
  #ring: (SentPacket | null)[] = []
  #mask = -1
  #oldest = 0
  #next = 0
  readonly #pile: PacketPile
  /** Begun, and not committed. */
  #begun: SentPacket | null = null

  constructor(pile: PacketPile = new PacketPile()) {
    this.#pile = pile
  }

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

  /** Packets that may be begun before the limit. */
  get room(): number {
    return MAX_TRACKED_PACKETS - (this.#next - this.#oldest)
  }

  /** The next packet, empty. Nothing is recorded until `commit`; begun again without it, the same number comes back. */
  begin(): SentPacket {
    if (this.#next - this.#oldest >= this.#ring.length) this.#makeRoom(1)
    const packet = this.#begun ?? this.#pile.take()
    this.#begun = packet
    packet.reset(this.#next)
    return packet
  }

  /** Records that the packet last begun was sent, or the run of packets that begins with it: of those there is `room` for. */
  commit(packet: SentPacket, size: number, now: Instant): void {
    if (packet !== this.#begun) throw new RangeError(`packet ${packet.number} is not the one begun last`)
    if (this.#next - this.#oldest + packet.count > this.#ring.length) this.#makeRoom(packet.count)
    packet.size = size
    packet.sentAt = now
    this.#place(packet, 'outstanding')
  }

  /** Leaves a number out, to catch a peer that acknowledges what it cannot have seen. RFC 9000 section 21.4. */
  skip(): void {
    this.#place(this.begin(), 'skipped')
  }

  /** The packet of a number from `oldest` to `next` - 1, else null. It is alone: a run is parted for it. */
  lookup(number: number): SentPacket | null {
    return number >= this.#oldest && number < this.#next ? this.cut(number, number) : null
  }

  /** The same, as part of the run that it is of. */
  runOf(number: number): SentPacket | null {
    return number >= this.#oldest && number < this.#next ? this.#at(number) : null
  }

  /** From packet `number` on as much of its run as goes no further than `last`: what else the run has is parted from it. Both are from `oldest` to `next` - 1. */
  cut(number: number, last: number): SentPacket {
    let packet = this.#at(number)
    if (packet.number < number) packet = this.#part(packet, number)
    if (packet.last > last) this.#part(packet, last + 1)
    return packet
  }

  /** Notes what became of a packet and lets its content go. It stays in the ledger, so that its neighbours can be judged, until `advance`. */
  settle(packet: SentPacket, state: 'acknowledged' | 'lost'): void {
    packet.state = state
    packet.release()
  }

  /** Moves `oldest` past all that is settled. */
  advance(): void {
    while (this.#oldest < this.#next && this.#at(this.#oldest).state !== 'outstanding') this.#forgetOldest()
  }

  /** Forgets everything outstanding; numbers go on. */
  clear(): void {
    while (this.#oldest < this.#next) this.#forgetOldest()
  }

  /** Nothing more will be sent: gives the places back. */
  retire(): void {
    this.clear()
    this.#ring = []
    this.#mask = -1
    this.#begun?.release()
    if (this.#begun !== null) this.#pile.put(this.#begun)
    this.#begun = null
  }

  #at(number: number): SentPacket {
    return this.#ring[number & this.#mask]!
  }

  #place(packet: SentPacket, state: 'outstanding' | 'skipped'): void {
    packet.state = state
    for (let left = packet.count; left > 0; left--) this.#ring[this.#next++ & this.#mask] = packet
    this.#begun = null
  }

  #part(packet: SentPacket, number: number): SentPacket {
    const rest = this.#pile.take()
    packet.part(number, rest)
    for (let each = number; each <= rest.last; each++) this.#ring[each & this.#mask] = rest
    return rest
  }

  /** With all of its run. */
  #forgetOldest(): void {
    const packet = this.#at(this.#oldest)
    for (let left = packet.count; left > 0; left--) this.#ring[this.#oldest++ & this.#mask] = null
    packet.release()
    this.#pile.put(packet)
  }

  /**
   * For `count` packets, where the ring has it not. Peers do not acknowledge packets that hold only ACK frames, unless by chance, so a connection
   * that mostly receives would fill the ledger with them. The oldest are dropped first; only packets in flight make the ring grow.
   */
  #makeRoom(count: number): void {
    while (this.#oldest < this.#next) {
      const packet = this.#at(this.#oldest)
      if (packet.state === 'outstanding' && packet.inFlight) break
      this.#forgetOldest()
    }
    if (count > this.room) throw new RangeError(`${MAX_TRACKED_PACKETS} packets are outstanding`)
    while (this.#next - this.#oldest + count > this.#ring.length) this.#grow()
  }

  #grow(): void {
    const former = this.#ring
    const formerMask = this.#mask
    const length = Math.max(former.length * 2, INITIAL_TRACKED_PACKETS)
    const mask = length - 1
    const ring = length === INITIAL_TRACKED_PACKETS ? NO_PACKETS.slice() : new Array<SentPacket | null>(length).fill(null)
    for (let number = this.#oldest; number < this.#next; number++) ring[number & mask] = former[number & formerMask]!
    this.#ring = ring
    this.#mask = mask
  }
}

/** What each ring begins as, three times a connection: V8 copies it in a tenth of the time that it takes to make and fill one. */
const NO_PACKETS: readonly (SentPacket | null)[] = new Array<SentPacket | null>(INITIAL_TRACKED_PACKETS).fill(null)
