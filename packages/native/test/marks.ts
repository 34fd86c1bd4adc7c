// The ECN fields of datagrams that a socket receives.
import type { ReceivedBatch, UdpSocket } from '../src/index.ts'

/** The ECN field of the IP header. RFC 3168 section 5. */
export const ECN = { notEct: 0, ect1: 1, ect0: 2, ce: 3 } as const

export const FIELDS: readonly number[] = Object.values(ECN)

/** A datagram's first byte, and how it was marked. */
export interface Marked {
  readonly first: number
  readonly ecn: number
}

/** The next `count` datagrams. */
export function marks(socket: UdpSocket, count: number): Promise<Marked[]> {
  return new Promise((resolve) => {
    const seen: Marked[] = []
    socket.onreceive = (batch: ReceivedBatch) => {
      for (let i = 0; i < batch.count; i++) seen.push({ first: batch.memory.bytes[batch.offset(i)]!, ecn: batch.ecn(i) })
      if (seen.length >= count) resolve(seen)
    }
  })
}
