// Bounds on all that a peer can make HTTP/3 hold or do, each with its reason.

/** Bytes of a field section, decoded, with 32 for each line (RFC 9114 section 4.2.2); what we announce by default. Node's HTTP/1.1 takes 16 KiB, browsers' cookies need more. */
export const MAX_FIELD_SECTION_SIZE = 65_536

/** Field lines of one section: as many as Node's HTTP takes by default. */
export const MAX_FIELD_LINES = 2000

/** Bytes of a SETTINGS frame: a few hundred settings, where a dozen exist. */
export const MAX_SETTINGS_PAYLOAD = 4096

/** Bytes of any other frame on a control stream that is looked at: a stream id and a priority. Those of unknown types are skipped, however long. */
export const MAX_CONTROL_PAYLOAD = 1024

/** Frames in a row that bring a message no further (empty DATA, unknown types); who sends more wants our time alone (CVE-2019-9518 in HTTP/2). */
export const MAX_IDLE_FRAMES = 1000

/** Malformed messages of a whole connection: each makes us give up a stream that was worked for, and its place is free again at once (CVE-2025-8671 in HTTP/2). */
export const MAX_MALFORMED_MESSAGES = 1000

/** QPACK dynamic table that a peer may use with us, in bytes: what Chromium offers. */
export const QPACK_TABLE_CAPACITY = 65_536

/** Request streams that may wait for the peer's encoder stream; each holds its encoded section and what QUIC lets the peer send. */
export const QPACK_BLOCKED_STREAMS = 100

/** Bytes of QPACK instructions that wait because the peer gives no credit on the stream for them. Beyond, it cannot want the connection to work. */
export const MAX_UNSENT_INSTRUCTIONS = 1_048_576

/** Milliseconds that a header section may take from its stream's beginning to its end; slower ones are an attack (CVE-2022-30591), or of no use. */
export const HEADER_TIMEOUT_MILLIS = 30_000

/** Datagrams that came before the request they belong to, of a whole connection. RFC 9297 section 2.1 lets us keep some for a round trip. */
export const MAX_EARLY_DATAGRAMS = 32

/** Bytes of them, altogether. */
export const MAX_EARLY_DATAGRAM_BYTES = 65_536
