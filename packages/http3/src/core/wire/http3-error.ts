// What HTTP/3 calls the ways in which a peer breaks its rules, and the error that says so. RFC 9114 section 8.

/** Codes that CONNECTION_CLOSE (0x1d), RESET_STREAM and STOP_SENDING carry. RFC 9114 section 8.1, and the extensions that added to them. */
export const HTTP3_ERRORS = {
  H3_NO_ERROR: 0x0100,
  H3_GENERAL_PROTOCOL_ERROR: 0x0101,
  H3_INTERNAL_ERROR: 0x0102,
  H3_STREAM_CREATION_ERROR: 0x0103,
  H3_CLOSED_CRITICAL_STREAM: 0x0104,
  H3_FRAME_UNEXPECTED: 0x0105,
  H3_FRAME_ERROR: 0x0106,
  H3_EXCESSIVE_LOAD: 0x0107,
  H3_ID_ERROR: 0x0108,
  H3_SETTINGS_ERROR: 0x0109,
  H3_MISSING_SETTINGS: 0x010a,
  H3_REQUEST_REJECTED: 0x010b,
  H3_REQUEST_CANCELLED: 0x010c,
  H3_REQUEST_INCOMPLETE: 0x010d,
  H3_MESSAGE_ERROR: 0x010e,
  H3_CONNECT_ERROR: 0x010f,
  H3_VERSION_FALLBACK: 0x0110,
  /** RFC 9204 section 6. */
  QPACK_DECOMPRESSION_FAILED: 0x0200,
  QPACK_ENCODER_STREAM_ERROR: 0x0201,
  QPACK_DECODER_STREAM_ERROR: 0x0202,
  /** RFC 9297 section 5.2. */
  H3_DATAGRAM_ERROR: 0x33,
  /** draft-ietf-webtrans-http3 section 9.5. */
  WT_BUFFERED_STREAM_REJECTED: 0x3994bd84,
  WT_SESSION_GONE: 0x170d7b68,
  WT_FLOW_CONTROL_ERROR: 0x045d4487,
  WT_ALPN_ERROR: 0x0817b3dd,
  WT_REQUIREMENTS_NOT_MET: 0x212c0d48,
} as const

/** The RFCs' name of an error code. */
export type Http3ErrorName = keyof typeof HTTP3_ERRORS

/** How people call a code: the RFC's name, or the number itself if nobody named it (reserved codes mean H3_NO_ERROR, RFC 9114 section 8.1). */
export function http3ErrorName(code: number | bigint): string {
  return NAMES.get(Number(code)) ?? `0x${code.toString(16)}`
}

/** The peer broke a rule of HTTP/3. `scope` says what ends by it: the one stream or message, or the connection (RFC 9114 section 8). */
export class Http3Error extends Error {
  override readonly name = 'Http3Error'
  /** The RFC's name of the code. */
  readonly code: Http3ErrorName
  readonly scope: 'connection' | 'stream'
  /** A sentence for the peer's people; it travels in CONNECTION_CLOSE. */
  readonly reason: string

  constructor(code: Http3ErrorName, reason: string, scope: 'connection' | 'stream' = 'connection') {
    super(`${code}: ${reason}`)
    this.code = code
    this.scope = scope
    this.reason = reason
  }

  /** The code as it travels. */
  get wireCode(): number {
    return HTTP3_ERRORS[this.code]
  }
}

/** A signal begins a request stream, and has no place elsewhere. draft-ietf-webtrans-http3 section 4.3. */
export function misplacedSignal(type: number): Http3Error {
  return new Http3Error('H3_FRAME_ERROR', `signal 0x${type.toString(16)} where no request stream begins`)
}

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(HTTP3_ERRORS).map(([name, code]) => [code, name]))
