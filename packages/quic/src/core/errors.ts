// Transport error codes, and the error that says the peer broke the rules. RFC 9000 sections 11 and 20.1.

/** Codes that CONNECTION_CLOSE (0x1c) carries. CRYPTO_ERROR is the first of 256: see `cryptoError`. */
export const TRANSPORT_ERRORS = {
  NO_ERROR: 0x00,
  INTERNAL_ERROR: 0x01,
  CONNECTION_REFUSED: 0x02,
  FLOW_CONTROL_ERROR: 0x03,
  STREAM_LIMIT_ERROR: 0x04,
  STREAM_STATE_ERROR: 0x05,
  FINAL_SIZE_ERROR: 0x06,
  FRAME_ENCODING_ERROR: 0x07,
  TRANSPORT_PARAMETER_ERROR: 0x08,
  CONNECTION_ID_LIMIT_ERROR: 0x09,
  PROTOCOL_VIOLATION: 0x0a,
  INVALID_TOKEN: 0x0b,
  APPLICATION_ERROR: 0x0c,
  CRYPTO_BUFFER_EXCEEDED: 0x0d,
  KEY_UPDATE_ERROR: 0x0e,
  AEAD_LIMIT_REACHED: 0x0f,
  NO_VIABLE_PATH: 0x10,
  /** RFC 9368 section 8. */
  VERSION_NEGOTIATION_ERROR: 0x11,
  CRYPTO_ERROR: 0x100,
} as const

export type TransportErrorName = keyof typeof TRANSPORT_ERRORS

/** The code for a TLS alert, 0 to 255. RFC 9001 section 4.8. */
export function cryptoError(alert: number): number {
  return TRANSPORT_ERRORS.CRYPTO_ERROR + (alert & 0xff)
}

/** How people call a transport error code: the RFC's name, with the alert for CRYPTO_ERROR, or the number itself if nobody named it. */
export function errorName(code: number | bigint): string {
  const number = Number(code)
  if (number >= TRANSPORT_ERRORS.CRYPTO_ERROR && number <= cryptoError(0xff)) {
    return `CRYPTO_ERROR (TLS alert ${number - TRANSPORT_ERRORS.CRYPTO_ERROR})`
  }
  return NAMES.get(number) ?? `0x${code.toString(16)}`
}

/** The peer broke a rule of QUIC: the connection closes with this code, for this frame type (0 when no frame is to blame). */
export class TransportViolation extends Error {
  override readonly name = 'TransportViolation'
  readonly code: number
  readonly frameType: number
  /** A sentence for the peer's people; it travels in CONNECTION_CLOSE. */
  readonly reason: string

  constructor(name: TransportErrorName, reason: string, frameType = 0) {
    super(`${name}: ${reason}`)
    this.code = TRANSPORT_ERRORS[name]
    this.frameType = frameType
    this.reason = reason
  }
}

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(TRANSPORT_ERRORS).map(([name, code]) => [code, name]))
