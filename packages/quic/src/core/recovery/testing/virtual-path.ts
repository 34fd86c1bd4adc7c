// A path on virtual time for tests: Recovery with NewReno, a listener that keeps the minutes, and shorthands for what the peer does.
import assert from 'node:assert/strict'
import type { CongestionController } from '../../congestion/controller.ts'
import { NewReno } from '../../congestion/new-reno.ts'
import type { SpaceName } from '../../crypto/level.ts'
import type { Instant } from '../../instant.ts'
import { AckRanges } from '../../wire/ack.ts'
import { Recovery, type RecoveryListener, type RecoveryOptions } from '../recovery.ts'
import type { ChunkOwner, SentPacket } from '../sent-packet.ts'

export const DATAGRAM = 1200

export class VirtualPath implements RecoveryListener {
  now: Instant
  readonly controller: CongestionController
  readonly recovery: Recovery
  readonly delivered: string[] = []
  readonly lost: string[] = []
  readonly probed: string[] = []
  /** Of each timeout: how many in a row. */
  readonly timeouts: number[] = []
  /** Of the bytes sent: how often each packet's worth of them was told to be delivered, and to be lost. */
  readonly bytesDelivered: number[] = []
  readonly bytesLost: number[] = []
  #marks = false
  readonly #owner: ChunkOwner = {
    chunkDelivered: (offset, length) => count(this.bytesDelivered, offset, length),
    chunkLost: (offset, length) => count(this.bytesLost, offset, length),
  }

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
    for (let number = packet.number; number <= packet.last; number++) this.delivered.push(label(space, number))
    packet.deliverChunks()
  }

  allDelivered(): void {}

  packetLost(space: SpaceName, packet: SentPacket): void {
    assert.equal(packet.count, 1)
    this.lost.push(label(space, packet.number))
    packet.loseChunks()
  }

  packetProbed(space: SpaceName, packet: SentPacket): void {
    assert.equal(packet.count, 1)
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
      packet.addChunk(this.#owner, packet.number * DATAGRAM, DATAGRAM, false)
      this.recovery.commit(space, packet, DATAGRAM, this.now)
    }
  }

  /** Sends one full datagram of stream data now, and `count` more behind it in a run. */
  sendRun(count: number): void {
    this.send()
    for (let left = count; left > 0; ) {
      const packet = this.recovery.begin('application')
      packet.marked = this.#marks
      packet.addRun(this.#owner, packet.number * DATAGRAM, DATAGRAM, Math.min(left, this.recovery.numbersInARow))
      this.recovery.commitOfRun(packet, DATAGRAM, this.now)
      left -= packet.count
    }
    this.recovery.runSent(count, DATAGRAM, this.#marks, this.now)
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

/** For each datagram's worth of bytes once more. */
function count(times: number[], offset: number, length: number): void {
  for (let at = offset; at < offset + length; at += DATAGRAM) times[at / DATAGRAM] = (times[at / DATAGRAM] ?? 0) + 1
}

function label(space: SpaceName, number: number): string {
  return space === 'application' ? `${number}` : `${space} ${number}`
}
