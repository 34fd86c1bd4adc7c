// DATAGRAM frames as objects, for tests and qlog; the hot path goes without (../../datagrams.ts). RFC 9221 section 4.
import { varintSize } from '@millrace/bytes'
import { APPLICATION_LEVELS, type FrameKind } from './kind.ts'

/** With the low bit set a Length field follows; without, the data reach to the end of the packet. */
export const DATAGRAM_TYPE = 0x30
export const DATAGRAM_LENGTH_BIT = 0x01

export interface Datagram {
  readonly type: 'datagram'
  /** A view of the packet when decoded: it lives as long as the packet does. */
  readonly data: Uint8Array
}

export function isDatagramType(type: number): boolean {
  return (type & ~DATAGRAM_LENGTH_BIT) === DATAGRAM_TYPE
}

/** Bytes of a DATAGRAM frame that says its length, for so many bytes of data. */
export function datagramFrameSize(length: number): number {
  return 1 + varintSize(length) + length
}

/** Always with its length: so that other frames, and padding, may follow. */
export const datagram: FrameKind<Datagram> = {
  name: 'DATAGRAM',
  wire: [DATAGRAM_TYPE, DATAGRAM_TYPE | DATAGRAM_LENGTH_BIT],
  levels: APPLICATION_LEVELS,
  ackEliciting: true,
  probing: false,
  decode: (r, type) => ({ type: 'datagram', data: r.view(type === DATAGRAM_TYPE ? r.remaining : r.varint()) }),
  size: (f) => datagramFrameSize(f.data.length),
  encode(f, w) {
    w.u8(DATAGRAM_TYPE | DATAGRAM_LENGTH_BIT)
    w.varint(f.data.length)
    w.bytes(f.data)
  },
}
