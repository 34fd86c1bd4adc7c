// What becomes of packets: the owner of each fact hears whether it arrived, and states it again if it was lost and still holds. RFC 9000 section 13.3.
import type { Connection } from './connection.ts'
import type { SpaceName } from './crypto/level.ts'
import { DeliveredRun } from './recovery/delivered-run.ts'
import type { RecoveryListener } from './recovery/recovery.ts'
import type { SentPacket } from './recovery/sent-packet.ts'

export class PacketFates implements RecoveryListener {
  readonly #connection: Connection
  readonly #run = new DeliveredRun()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  packetDelivered(name: SpaceName, packet: SentPacket): void {
    const connection = this.#connection
    if (packet.largestAcknowledged >= 0) packet.acknowledges!.forgetUpTo(packet.largestAcknowledged)
    if (name === 'application') connection.paths.packetDelivered(packet, connection.now)
    packet.deliverChunks(this.#run)
    connection.datagrams.delivered(packet)
    for (let i = 0; i < packet.frameCount; i++) {
      const frame = packet.frames[i]!
      if (frame.type === 'retireConnectionId') connection.remoteIds.delivered(frame.sequence)
      else if (frame.type === 'newToken') connection.tokens.issued.delivered(frame.token)
      else if (frame.type === 'newConnectionId') connection.localIds.delivered()
      else if (frame.type === 'ackFrequency') connection.recovery.ackFrequency.delivered(frame)
      else connection.streams.delivered(frame)
    }
  }

  allDelivered(): void {
    this.#run.flush()
  }

  packetLost(name: SpaceName, packet: SentPacket): void {
    const connection = this.#connection
    connection.qlog?.packetLost(name, packet)
    if (name === 'application') connection.paths.packetLost(packet, connection.now)
    connection.datagrams.lost(packet)
    this.packetProbed(name, packet)
  }

  probeTimedOut(count: number): void {
    this.#connection.tell({ type: 'probeTimedOut', count })
  }

  packetProbed(_name: SpaceName, packet: SentPacket): void {
    const connection = this.#connection
    packet.loseChunks()
    for (let i = 0; i < packet.frameCount; i++) {
      const frame = packet.frames[i]!
      if (frame.type === 'handshakeDone') connection.handshakeDonePending = true
      else if (frame.type === 'newToken') connection.tokens.issued.lost()
      else if (frame.type === 'newConnectionId') connection.localIds.lost(frame.sequence)
      else if (frame.type === 'retireConnectionId') connection.remoteIds.lost(frame.sequence)
      else if (frame.type === 'ackFrequency') connection.recovery.ackFrequency.lost(frame)
      else connection.streams.control.lost(frame)
    }
  }
}
