// Bounds on what a peer can make QPACK hold or do, each with its reason. RFC 9204 section 7.3 and 7.4.

/** Bytes of field sections that wait for the encoder stream on one connection, held or not credited: a loss holds up a few dozen sections of some KiB. */
export const MAX_BLOCKED_BYTES = 1_048_576

/** Bytes for the peer's encoder that wait to be sent: a peer that takes none of them, but goes on with requests and resets, is attacking (section 7.3). */
export const MAX_PENDING_DECODER_INSTRUCTIONS = 65_536

/** Bytes for the peer's decoder that wait to be sent, above which nothing more is inserted: the stream is held up, and literals go past it. */
export const MAX_PENDING_ENCODER_INSTRUCTIONS = 16_384

/** Field sections remembered until the peer acknowledges them; beyond, sections go without the dynamic table. A round trip has a few hundred (section 7.3). */
export const MAX_UNACKNOWLEDGED_SECTIONS = 1024

/** Bytes of dynamic table that our encoder uses at most unless told otherwise: what browsers offer and servers use; more has little left to compress. */
export const DEFAULT_ENCODER_CAPACITY = 4096

/** Streams that our encoder risks to have blocked at most unless told otherwise: each loss holds up as many (section 2.1.2). */
export const DEFAULT_ENCODER_BLOCKED_STREAMS = 16

/** Names whose recent values the indexing policy remembers: the dozens that an application uses, not what a stranger invents. */
export const MAX_REMEMBERED_NAMES = 64

/** Longest Huffman code by plain octets: what a string may take more on the wire than decoded. RFC 7541 appendix B: 30 bits for 8. */
export const MAX_HUFFMAN_GROWTH = 4
