// Capsules: what travels on the data stream of a protocol that HTTP was upgraded to. RFC 9297 section 3.2.
import { varintSize, Writer } from '@millrace/bytes'

/** A datagram, where those of QUIC cannot go. RFC 9297 section 3.5. */
export const DATAGRAM_CAPSULE = 0x00

/** The bytes of a capsule. */
export function encodeCapsule(type: number, payload: Uint8Array): Uint8Array {
  const writer = new Writer(new Uint8Array(varintSize(type) + varintSize(payload.length) + payload.length))
  writer.varint(type)
  writer.varint(payload.length)
  writer.bytes(payload)
  return writer.target
}
