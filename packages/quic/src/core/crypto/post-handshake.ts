// Which TLS messages come after the handshake. TLS itself refuses those that QUIC does without, by an alert; for some RFC 9001 has a code of its own.
import { TransportViolation } from '../errors.ts'
import type { TlsAlert } from './tls.ts'

/** Type, and three bytes of length. RFC 8446 section 4. */
const HEADER_LENGTH = 4

const NEW_SESSION_TICKET = 4
const CERTIFICATE_REQUEST = 13

const UNEXPECTED_MESSAGE = 10
const ILLEGAL_PARAMETER = 47

/** What a client's TLS refuses, and RFC 9001 wants answered with PROTOCOL_VIOLATION. */
const VIOLATIONS = [
  { message: CERTIFICATE_REQUEST, alert: UNEXPECTED_MESSAGE, reason: 'CertificateRequest after the handshake: RFC 9001 section 4.4' },
  {
    message: NEW_SESSION_TICKET,
    alert: ILLEGAL_PARAMETER,
    reason: 'NewSessionTicket with another limit of early data: RFC 9001 section 4.6.1',
  },
] as const

const CRYPTO_FRAME = 0x06

export class PostHandshake {
  /** Bytes of the present message's header that are there. */
  #headerBytes = 0
  #type = 0
  /** Bytes of the present message that are still to come, or of its header's length field as far as it was read. */
  #length = 0
  /** Types of the messages that the newest bytes belong to, a bit each, of those above. */
  #newest = 0

  /** Bytes for TLS, in order. */
  follow(bytes: Uint8Array): void {
    this.#newest = 0
    for (let at = 0; at < bytes.length; ) {
      if (this.#headerBytes < HEADER_LENGTH) this.#header(bytes[at++]!)
      else {
        this.#newest |= bitOf(this.#type)
        const taken = Math.min(this.#length, bytes.length - at)
        this.#length -= taken
        at += taken
      }
      if (this.#headerBytes === HEADER_LENGTH) this.#newest |= bitOf(this.#type)
      if (this.#headerBytes === HEADER_LENGTH && this.#length === 0) this.#headerBytes = 0
    }
  }

  /** The code that RFC 9001 has for what TLS refused; null where the alert says it all. */
  violation({ alert }: TlsAlert): TransportViolation | null {
    const row = VIOLATIONS.find((violation) => violation.alert === alert && (this.#newest & bitOf(violation.message)) !== 0)
    return row === undefined ? null : new TransportViolation('PROTOCOL_VIOLATION', row.reason, CRYPTO_FRAME)
  }

  #header(byte: number): void {
    if (this.#headerBytes === 0) {
      this.#type = byte
      this.#length = 0
    } else this.#length = this.#length * 256 + byte
    this.#headerBytes++
  }
}

/** Types beyond those that have a row are never asked for. */
function bitOf(type: number): number {
  return type < 32 ? 1 << type : 0
}
