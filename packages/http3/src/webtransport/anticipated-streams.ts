// Streams that a server is expected to open, and what the transport allows for them. W3C WebTransport, "anticipatedConcurrentIncomingUnidirectionalStreams".
import type { SessionOptions } from '@millrace/quic'
import { LEAST_INCOMING_STREAMS } from './limits.ts'

/** By kind; null for what nobody said. */
export interface Anticipated {
  readonly bidi: number | null
  readonly uni: number | null
}

/** Streams of HTTP/3's own that a server opens: control, two of QPACK, and one of a reserved type. RFC 9114 section 6.2, RFC 9204 section 4.2. */
const HTTP3_STREAMS = 4

/** As Web IDL enforces the range of an `unsigned short`. Throws TypeError. */
export function streamCount(count: number | null): number | null {
  if (count === null) return null
  const whole = Math.trunc(Number(count))
  if (!(whole >= 0 && whole <= 0xffff)) throw new TypeError(`${String(count)} streams cannot be anticipated; 0 to 65535 can.`)
  return whole
}

/** The transport's options for a session; what the user says of the transport goes before. */
export function transportOptions(
  congestion: 'cubic' | 'bbr' | undefined,
  { bidi, uni }: Anticipated,
  given: Partial<SessionOptions> = {},
): Partial<SessionOptions> {
  const transportParams = {
    ...(bidi !== null && { initialMaxStreamsBidi: Math.max(bidi, LEAST_INCOMING_STREAMS) }),
    ...(uni !== null && { initialMaxStreamsUni: Math.max(uni + HTTP3_STREAMS, LEAST_INCOMING_STREAMS) }),
    ...given.transportParams,
  }
  return { ...(congestion !== undefined && { congestion }), ...given, transportParams }
}
