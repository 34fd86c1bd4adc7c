// Packet numbers are sent truncated and restored on arrival. RFC 9000 section 17.1, Appendices A.2 and A.3.
import { FASTEST_HEADER } from '../crypto/protection.ts'

/** Bytes that packet number `full` needs so that the peer restores it. `largestAcknowledged` is -1 while nothing has been acknowledged. */
export function packetNumberLength(full: number, largestAcknowledged: number): 1 | 2 | 3 | 4 {
  // The window must be at least twice as wide as what is unacknowledged.
  const unacknowledged = full - largestAcknowledged
  return unacknowledged <= 0x80 ? 1 : unacknowledged <= 0x8000 ? 2 : unacknowledged <= 0x80_0000 ? 3 : 4
}

/**
 * The same for a 1-RTT packet to a connection id of `idLength` bytes: with more than it needs, where its header is then as long as packet protection likes best.
 * RFC 9000 section 17.1 asks for enough and has nothing against more.
 */
export function shortPacketNumberLength(full: number, largestAcknowledged: number, idLength: number): number {
  const needed = packetNumberLength(full, largestAcknowledged)
  const best = FASTEST_HEADER - 1 - idLength
  return best > needed && best <= 4 ? best : needed
}

/**
 * Restores a packet number from its last `length` bytes (1 to 4). `largest` is the highest number processed so far in the space, or -1.
 * Numbers stay below 2^53: a connection that sent a million packets a second would get there after 285 years.
 */
export function decodePacketNumber(largest: number, truncated: number, length: number): number {
  const expected = largest + 1
  // A power, or an element of a list with 2^32 in it, would be a fraction to V8, and with it the number and every set, sum and place in memory
  // that it comes near: compiled for small integers, they are all compiled again. It halved what a connection does in its first second.
  const window = length === 4 ? TWO_32 : 1 << (8 * length)
  const half = window / 2
  const candidate = expected - (expected % window) + truncated
  if (candidate <= expected - half && candidate < 2 ** 53 - window) return whole(candidate + window)
  if (candidate > expected + half && candidate >= window) return whole(candidate - window)
  return whole(candidate)
}

const TWO_32 = 0x1_0000_0000
const TWO_31 = 0x8000_0000

/** The same number, as a small integer if it is one. */
function whole(number: number): number {
  return number < TWO_31 ? number | 0 : number
}
