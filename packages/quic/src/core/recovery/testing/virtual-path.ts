// A path on virtual time for tests: Recovery with NewReno, a listener that keeps the minutes, and shorthands for what the peer does.

import type { CongestionController } from '../../congestion/controller.ts'
import { NewReno } from '../../congestion/new-reno.ts'
import type { SpaceName } from '../../crypto/level.ts'
import type { Instant } from '../../instant.ts'
import { AckRanges } from '../../wire/ack.ts'
import { Recovery, type RecoveryListener, type RecoveryOptions } from '../recovery.ts'
import type { ChunkOwner, SentPacket } from '../sent-packet.ts'

export const DATAGRAM = 1200

/** An owner of bytes that do not matter. */
const owner: ChunkOwner = { chunkDelivered() {}, chunkLost() {} }

export class VirtualPath implements RecoveryListener {
  now: Instant
  readonly controller: CongestionController
  readonly recovery: Recovery
  readonly delivered: string[] = []
  readonly lost: string[] = []
  readonly probed: string[] = []
  /** Of each timeout: how many in a row. */
  readonly timeouts: number[] = []
  #marks = false

  constructor(options: Partial<RecoveryOptions> = {}, now: Instant = 0) {
    this.now = now
    this.controller = options.controller ?? new NewReno(DATAGRAM)
    this.recovery = new Recovery({ isServer: true, ...options, controller: this.controller }, this)
  }

  /** Packets leave with an ECN mark from now on, or without. */
  mark(marks = true): this {
    this.#marks = marks
    return this
  }

  packetDelivered(space: SpaceName, packet: SentPacket): void {
    this.delivered.push(label(space, packet.number))
  }

  allDelivered(): void {}

  packetLost(space: SpaceName, packet: SentPacket): void {
    this.lost.push(label(space, packet.number))
  }

  packetProbed(space: SpaceName, packet: SentPacket): void {
    this.probed.push(label(space, packet.number))
  }

  probeTimedOut(count: number): void {
    this.timeouts.push(count)
  }

  /** Sends `count` full datagrams of stream data now. */
  send(count = 1, space: SpaceName = 'application'): void {
    for (let i = 0; i < count; i++) {
      const packet = this.recovery.begin(space)
      packet.marked = this.#marks
      packet.addChunk(owner, packet.number * DATAGRAM, DATAGRAM, false)
      this.recovery.commit(space, packet, DATAGRAM, this.now)
    }
  }

  /** Sends a packet that holds only an ACK frame. */
  sendAckOnly(space: SpaceName = 'application'): void {
    const packet = this.recovery.begin(space)
    packet.largestAcknowledged = 0
    this.recovery.commit(space, packet, 40, this.now)
  }

  /** The peer's ACK frame comes now: numbers, or [smallest, largest] ranges, highest first. */
  ack(ranges: readonly (number | readonly [number, number])[], ackDelay = 0, space: SpaceName = 'application'): void {
    this.recovery.acknowledge(space, ackRanges(ranges), ackDelay, this.now)
  }

  at(now: Instant): this {
    this.now = now
    return this
  }
}

export function ackRanges(ranges: readonly (number | readonly [number, number])[]): AckRanges {
  const ack = new AckRanges()
  ack.count = ranges.length
  ranges.forEach((range, index) => {
    const [smallest, largest] = typeof range === 'number' ? [range, range] : range
    ack.smallest[index] = smallest
    ack.largest[index] = largest
  })
  return ack
}

function label(space: SpaceName, number: number): string {
  return space === 'application' ? `${number}` : `${space} ${number}`
}
