// A packet of the trace, with what could be read of it.
import type { Frame } from './frames.ts'
import type { PacketType } from './headers.ts'
import type { Recorded } from './recorded.ts'

export interface Packet {
  readonly datagram: Recorded
  readonly type: PacketType
  /** Null for a packet with a short header. */
  readonly version: number | null
  /** Hex. */
  readonly destination: string
  /** Hex; empty for a packet with a short header. */
  readonly source: string
  readonly token: Buffer
  /** Bytes of the packet that are not header; 0 when it has no payload or could not be opened. */
  readonly payloadLength: number
  /** Null when it could not be opened. */
  readonly number: number | null
  readonly keyPhase: 0 | 1
  /** Empty when it could not be opened. */
  readonly frames: readonly Frame[]
}
