// Versions of QUIC, and what tells their packets apart. RFC 9000 section 15, RFC 9369 section 3.
import type { LongType } from './packet-type.ts'

/** QUIC version 1, RFC 9000. */
export const VERSION_1 = 0x0000_0001
/** QUIC version 2, RFC 9369: the same protocol under another number, with other types of long headers and other keys. */
export const VERSION_2 = 0x6b33_43cf

/** Versions that we speak, the preferred one first. A first flight of either can be read as one of the other. RFC 9369 section 4. */
export const SUPPORTED_VERSIONS: readonly number[] = [VERSION_1, VERSION_2]

/** The types of long headers by the two bits that say so. RFC 9000 section 17.2, Table 5; RFC 9369 section 3.2. */
const LONG_TYPES_1: readonly LongType[] = ['initial', '0rtt', 'handshake', 'retry']
const LONG_TYPES_2: readonly LongType[] = ['retry', 'initial', '0rtt', 'handshake']

/** The types of a version's long headers in the order of their two bits; null for a version that we do not speak. */
export function longTypes(version: number): readonly LongType[] | null {
  return version === VERSION_1 ? LONG_TYPES_1 : version === VERSION_2 ? LONG_TYPES_2 : null
}

/** The two bits that say so. The version is one that we speak. */
export function longTypeBits(version: number, type: LongType): number {
  return (version === VERSION_2 ? LONG_TYPES_2 : LONG_TYPES_1).indexOf(type)
}

/** A version of the form 0x?a?a?a?a, which nobody will ever speak: listing one keeps peers used to unknown versions. `random` is any 32 bits. */
export function reservedVersion(random: number): number {
  return ((random & 0xf0f0_f0f0) | 0x0a0a_0a0a) >>> 0
}

export function isReservedVersion(version: number): boolean {
  return (version & 0x0f0f_0f0f) === 0x0a0a_0a0a
}
