// Stateless resets: the last resort of an endpoint that has lost its state, made to look like any packet with a short header. RFC 9000 section 10.3.
import { RESET_TOKEN_LENGTH } from './connection-id.ts'
import { FIXED_BIT } from './packet-type.ts'

/** Fewer bytes would not pass for a packet: 5 of header and payload, and the token. */
export const MIN_STATELESS_RESET = 21

/** Larger ones serve nothing: this is how large the smallest packets of our own get with a connection id of any length. */
export const MAX_STATELESS_RESET = 43

/** Size of the reset that answers a datagram: smaller, so that two endpoints never reset each other for ever; 0 for none. Section 10.3.3. */
export function statelessResetSize(trigger: number): number {
  const size = Math.min(trigger - 1, MAX_STATELESS_RESET)
  return size < MIN_STATELESS_RESET ? 0 : size
}

/** Makes a reset of bytes that are all random. */
export function writeStatelessReset(into: Uint8Array, resetToken: Uint8Array): void {
  into[0] = (into[0]! & 0x3f) | FIXED_BIT
  into.set(resetToken, into.length - RESET_TOKEN_LENGTH)
}

/** Compares the end of a datagram with a token, in a time that tells nothing of how far they agree. Section 10.3.1. */
export function endsWithToken(bytes: Uint8Array, end: number, token: Uint8Array): boolean {
  let difference = 0
  for (let i = 0; i < RESET_TOKEN_LENGTH; i++) difference |= bytes[end - RESET_TOKEN_LENGTH + i]! ^ token[i]!
  return difference === 0
}
