// What connections take datagrams apart and put them together with. None is at work while another is, so all of a thread share one: 2 KB that an idle
// connection need not hold.
import { Reader } from '@millrace/bytes'
import { Batches } from './congestion/controller.ts'
import type { PacketMemory } from './crypto/protection.ts'
import { DatagramBuilder } from './datagram-builder.ts'
import { OwedAcknowledgement } from './owed-acknowledgement.ts'
import { PacketPile } from './recovery/packet-pile.ts'
import { AckRanges } from './wire/ack.ts'
import { PacketHeader } from './wire/packet-header.ts'
import { StreamHeader } from './wire/stream-header.ts'

export class Workbench {
  /** For packets that are opened later than they arrived. */
  readonly memory: PacketMemory
  readonly builder: DatagramBuilder = new DatagramBuilder()
  readonly header: PacketHeader = new PacketHeader()
  readonly reader: Reader = new Reader(new Uint8Array(0))
  readonly stream: StreamHeader = new StreamHeader()
  readonly ack: AckRanges = new AckRanges()
  readonly owed: OwedAcknowledgement = new OwedAcknowledgement()
  readonly packets: PacketPile = new PacketPile()
  readonly batches: Batches = new Batches()

  /** `memory` has room for the largest datagram. */
  constructor(memory: PacketMemory) {
    this.memory = memory
  }
}
