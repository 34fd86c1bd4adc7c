// UDP payloads in HTTP datagrams. RFC 9298 section 5.
import { BytesError, Reader } from '@millrace/bytes'
import { Http3Error } from '../wire/http3-error.ts'
import { MAX_UDP_PAYLOAD } from './limits.ts'

/** Bytes of the context id in front of UDP payloads. */
export const CONTEXT_SIZE = 1

/** Bytes of the largest HTTP datagram that may arrive: a context id may take 8 bytes, however small it is. */
export const MAX_UDP_DATAGRAM: number = MAX_UDP_PAYLOAD + 8

/** The HTTP datagram of a UDP payload: context 0. */
export function encodeUdpDatagram(payload: Uint8Array): Uint8Array {
  const datagram = new Uint8Array(CONTEXT_SIZE + payload.length)
  datagram.set(payload, CONTEXT_SIZE)
  return datagram
}

/**
 * A view of the UDP payload; null for contexts that nobody registered, which are dropped. Throws `Http3Error` H3_DATAGRAM_ERROR, for the stream, where there
 * is no context id, or a payload that UDP cannot have.
 */
export function decodeUdpDatagram(datagram: Uint8Array): Uint8Array | null {
  const reader = new Reader(datagram)
  try {
    if (reader.varint() !== 0) return null
  } catch (error) {
    if (!(error instanceof BytesError)) throw error
    throw new Http3Error('H3_DATAGRAM_ERROR', 'a datagram without a context id', 'stream')
  }
  if (reader.remaining > MAX_UDP_PAYLOAD) {
    throw new Http3Error('H3_DATAGRAM_ERROR', `a UDP payload of ${reader.remaining} bytes`, 'stream')
  }
  return reader.view(reader.remaining)
}
