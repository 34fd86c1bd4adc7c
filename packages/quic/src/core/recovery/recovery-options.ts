// What recovery is made with, and who hears from it.
import type { Batches, CongestionController } from '../congestion/controller.ts'
import type { SpaceName } from '../crypto/level.ts'
import type { PacketPile } from './packet-pile.ts'
import type { SentPacket } from './sent-packet.ts'

/** Makes a controller for a path that carries datagrams of so many bytes. */
export type NewController = (maxDatagramSize: number) => CongestionController

export interface RecoveryOptions {
  readonly isServer: boolean
  readonly controller: CongestionController
  /** Makes one for another path. Without it, the one there is goes along, and forgets what it knew. */
  readonly newController?: NewController | undefined
  /** The round trip assumed before it is measured. Default 333. */
  readonly initialRttMillis?: number | undefined
  /** The first probe timeout, before the round trip is measured, in milliseconds. Default three times the initial round trip: section 6.2.2. */
  readonly initialProbeTimeoutMillis?: number | undefined
  /** Whether to mark packets as able to carry congestion marks, where path and peer can. Default true. RFC 9000 section 13.4. */
  readonly ecn?: boolean | undefined
  /** Whether to ask a peer that takes part to acknowledge less often. Default false. draft-ietf-quic-ack-frequency. */
  readonly ackFrequency?: boolean | undefined
  /** How many packets later one must be acknowledged for a packet to count as lost; 3 (the default) or more. */
  readonly packetThreshold?: number
  /** Bytes, 1200 (the default) or more; the controller was made with the same. */
  readonly maxDatagramSize?: number
  /** Any 32 bits: where packet numbers are left out, to catch who acknowledges what it has not seen. Without it none is. RFC 9000 section 21.4. */
  readonly random?: () => number
  /** Where what packets are kept in is taken from. Default: each space has its own. */
  readonly pile?: PacketPile
  /** In which controllers are told what became of packets. Default: each path has its own. */
  readonly batches?: Batches | undefined
}

/** Hears what became of packets. The packet is still whole during the call, and must not be kept after it. A run of packets is delivered together. */
export interface RecoveryListener {
  /** The peer has it. Tell its chunks (`packet.deliverChunks`), the owners of its frames, and whoever waits for `largestAcknowledged`. */
  packetDelivered(space: SpaceName, packet: SentPacket): void
  /** That were all that one ACK frame delivered. */
  allDelivered(): void
  /** It is lost. What it stated is stated again if still true (`packet.loseChunks()`, and the frames). */
  packetLost(space: SpaceName, packet: SentPacket): void
  /**
   * A probe timeout expired with this packet in flight: what it said is to be said again in the probe. It is not lost (RFC 9002 section
   * 6.2): it stays in flight, and may still be reported delivered or lost. `packet.loseChunks()` serves here too.
   */
  packetProbed(space: SpaceName, packet: SentPacket): void
  /** A probe timeout expired, so many in a row now. */
  probeTimedOut(count: number): void
}
