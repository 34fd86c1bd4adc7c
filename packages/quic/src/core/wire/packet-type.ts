// Types of packets, and the bits of the first byte that tell them apart. RFC 8999 section 5, RFC 9000 section 17.

/** `unknownVersion`: only what RFC 8999 holds for every version has been read, enough to answer with Version Negotiation. */
export type PacketType = 'initial' | '0rtt' | 'handshake' | 'retry' | '1rtt' | 'versionNegotiation' | 'unknownVersion'

/** Packets with a long header whose contents their version defines. */
export type LongType = 'initial' | '0rtt' | 'handshake' | 'retry'

export const LONG_FORM = 0x80
/** One in every packet, unless the receiver said that it need not be. RFC 9000 section 17.2, RFC 9287. */
export const FIXED_BIT = 0x40
/** Where the type's two bits lie in the first byte of a long header. */
export const LONG_TYPE_SHIFT = 4

/** Bytes of the Retry Integrity Tag. RFC 9001 section 5.8. */
export const RETRY_TAG_LENGTH = 16
