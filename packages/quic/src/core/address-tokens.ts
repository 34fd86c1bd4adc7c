// Tokens by which a server knows a client's address: the client's for this connection, the server's for the next. RFC 9000 section 8.1.
import { IssuedTokens, type TokenHost, type TokenSource } from './issued-tokens.ts'
import { MAX_TOKEN_LENGTH } from './limits.ts'
import type { PacketHeader } from './wire/packet-header.ts'
import { RETRY_TAG_LENGTH } from './wire/packet-type.ts'

/** Makes the Retry Integrity Tag. RFC 9001 section 5.8. */
export type RetryTag = (version: number, originalDestination: Uint8Array, packet: Uint8Array) => Uint8Array

/** How a packet begins that says INVALID_TOKEN: type and code of CONNECTION_CLOSE. RFC 9000 sections 19.19 and 20.1. */
const INVALID_TOKEN_CLOSE = [0x1c, 0x0b] as const

export class AddressTokens {
  #initial: Uint8Array
  #retrySource: Uint8Array | null
  #complaintIsDoubtful = false
  /** A server's, for the client's next connections. */
  readonly issued: IssuedTokens

  /** A client's token for the server, null for none; on a server, the source id of the Retry that it had sent, or null, and who makes tokens. */
  constructor(initial: Uint8Array | null, retrySource: Uint8Array | null, source: TokenSource | null, host: TokenHost) {
    this.issued = new IssuedTokens(source, host)
    this.#initial = initial !== null && initial.length <= MAX_TOKEN_LENGTH ? initial : NONE
    this.#retrySource = retrySource
  }

  /** What a client repeats in all its Initial packets. */
  get initial(): Uint8Array {
    return this.#initial
  }

  /** The source id of the Retry packet; null without one. */
  get retrySource(): Uint8Array | null {
    return this.#retrySource
  }

  /** Takes a Retry packet, once, if it is genuine. `destination` is that of our first Initial packet. RFC 9000 section 17.2.5.2. */
  retry(header: PacketHeader, start: number, destination: Uint8Array, tag: RetryTag): boolean {
    const { tokenLength, scid } = header
    if (this.#retrySource !== null || tokenLength === 0 || tokenLength > MAX_TOKEN_LENGTH) return false
    const tagAt = header.end - RETRY_TAG_LENGTH
    const expected = tag(header.version, destination, header.source.subarray(start, tagAt))
    if (!expected.every((byte, i) => byte === header.source[tagAt + i])) return false
    // A Retry that changes nothing is none.
    if (scid.length === destination.length && scid.every((byte, i) => byte === destination[i])) return false
    this.#initial = header.token
    this.#retrySource = scid
    this.#complaintIsDoubtful = true
    return true
  }

  /**
   * Whether a server's packet, whose payload is at `payload`, is better treated as lost: it complains of a token that went back to it as it came. A
   * server should look whether the packet is valid otherwise before it says so (RFC 9000 section 8.1.2); one that does not complains of a token
   * that was damaged on its way. True once: our next packet brings the truth to light.
   */
  doubts(bytes: Uint8Array, payload: number): boolean {
    if (!this.#complaintIsDoubtful || !INVALID_TOKEN_CLOSE.every((byte, i) => bytes[payload + i] === byte)) return false
    this.#complaintIsDoubtful = false
    return true
  }

  /** No Initial packet and no Retry comes any more. */
  handshakeConfirmed(): void {
    this.#initial = NONE
    this.#retrySource = null
  }

  /** The token was for another version than the one that we begin again with. RFC 9369 section 5. */
  forget(): void {
    this.#initial = NONE
  }
}

const NONE: Uint8Array = new Uint8Array(0)
