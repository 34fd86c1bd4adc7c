// Lets a connection build datagrams end to end in the socket's memory, and sends runs of equal size in one call (UDP segmentation offload).
import { performance } from 'node:perf_hooks'
import type { Address, RefusalListener, UdpSocket } from '@millrace/native'
import type { Connection } from '../core/connection.ts'
import type { Slot } from '../core/datagram-builder.ts'
import type { LocalSocket } from '../core/paths/path-address.ts'
import type { EndpointStats } from './endpoint-stats.ts'
import { TRAIN_BYTES, TRAIN_DATAGRAMS, TRAINS_PER_TURN } from './limits.ts'
import type { Member } from './member.ts'

/** Room for one datagram more is kept free at the end of a train. */
const LARGEST_DATAGRAM = 2048

/** `idle`: all is sent that may be; `more`: the turn is over; `blocked`: the socket is full. */
export type SendOutcome = 'idle' | 'more' | 'blocked'

/** Sends single datagrams for connections that are served elsewhere: a path that was left, and is asked once more. RFC 9000 section 9.3.3. */
export interface Forwarder extends LocalSocket {
  forward(bytes: Buffer, offset: number, length: number, to: Address, ecn: number, refusals: RefusalListener | null): void
}

export class Train {
  readonly #owner: Forwarder
  readonly #socket: UdpSocket
  readonly #slot: Slot
  readonly #size: number
  /** What the next train begins with more of, in bytes: datagrams like those of one that ended since it was full; 0 where it ended otherwise. */
  #alike = 0

  constructor(owner: Forwarder, socket: UdpSocket) {
    this.#owner = owner
    this.#socket = socket
    this.#slot = { memory: socket.outgoing, offset: 0, capacity: LARGEST_DATAGRAM, to: null, local: null, ecn: 0, refusals: null }
    this.#size = Math.min(socket.outgoing.bytes.length, TRAIN_BYTES)
  }

  send(member: Member, stats: EndpointStats): SendOutcome {
    this.#alike = 0
    for (let turn = 0; turn < TRAINS_PER_TURN; turn++) {
      const outcome = this.#one(member, stats)
      if (outcome !== 'more') return outcome
    }
    return 'more'
  }

  /** One train: datagrams of the first one's size to one address with one ECN codepoint, and one shorter at the end. Any other begins the next train at once. */
  #one(member: Member, stats: EndpointStats): SendOutcome {
    const { connection } = member
    const slot = this.#slot
    const now = performance.now()
    let start = 0
    let count = this.#alike === 0 ? 0 : this.#follow(connection, this.#alike, 0, TRAIN_DATAGRAMS, now, stats)
    let segment = count === 0 ? 0 : this.#alike
    let at = count * segment
    let ecn = slot.ecn
    let to: Address = slot.to ?? this.#socket.local
    let refusals: RefusalListener | null = slot.refusals
    this.#alike = 0
    for (; count < TRAIN_DATAGRAMS && at + LARGEST_DATAGRAM <= this.#size; count++) {
      slot.offset = at
      const length = connection.transmit(slot, now)
      if (length === 0) return at === start || this.#socket.send(start, at - start, segment, to, ecn, refusals) ? 'idle' : 'blocked'
      stats.datagramsSent++
      stats.bytesSent += length
      if (slot.local !== this.#owner) {
        ;(slot.local as Forwarder).forward(slot.memory.bytes, at, length, slot.to!, slot.ecn, slot.refusals)
        continue
      }
      if (segment !== 0 && (length > segment || slot.to !== to || slot.ecn !== ecn)) {
        // The socket is full with a datagram already built: that one is lost as any may be, and recovered as any is.
        if (!this.#socket.send(start, at - start, segment, to, ecn, refusals)) return 'blocked'
        start = at
        segment = 0
      }
      at += length
      to = slot.to!
      ecn = slot.ecn
      refusals = slot.refusals
      const isFirst = segment === 0
      if (isFirst) segment = length
      if (isFirst ? isLast(connection, length) : length < segment) break
      if (!isFirst) continue
      // What is alike follows in one go, and what is not is asked for above.
      const more = this.#follow(connection, segment, at, TRAIN_DATAGRAMS - count - 1, now, stats)
      at += more * segment
      count += more
    }
    if (at + LARGEST_DATAGRAM > this.#size && slot.local === this.#owner) this.#alike = segment
    return at === start || this.#socket.send(start, at - start, segment, to, ecn, refusals) ? 'more' : 'blocked'
  }

  /** Builds as many as `most` datagrams like those before, `segment` bytes each, from `at` on. Returns how many there are. */
  #follow(connection: Connection, segment: number, at: number, most: number, now: number, stats: EndpointStats): number {
    this.#slot.offset = at
    const count = connection.transmitMore(this.#slot, segment, Math.min(most, Math.floor((this.#size - at) / segment)), now)
    stats.datagramsSent += count
    stats.bytesSent += count * segment
    return count
  }
}

/**
 * Whether nothing follows a train's first datagram, as it seems: there was room in it for more. It leaves at once, and only then is the connection asked for another.
 * Datagrams of the application's own may be such that no two go together.
 */
function isLast({ path, datagrams }: Connection, length: number): boolean {
  return length < path.mtu.size && !datagrams.wantsToSend
}
