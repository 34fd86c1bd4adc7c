// Bounds of what recovery remembers and how long it waits, each with its reason.

/** Packets remembered per space before the first growth: enough for a handshake, small for the many connections that stay idle. */
export const INITIAL_TRACKED_PACKETS = 16

/**
 * Most packets remembered per space: 88 MB in flight at 1350 bytes each, more than any path Millrace runs on holds. At the limit the
 * congestion window counts as full, and the oldest packet is given up should a probe or an acknowledgement need its place.
 */
export const MAX_TRACKED_PACKETS = 65_536

/**
 * Most ranges of received packet numbers remembered, and so stated in one ACK frame. RFC 9000 section 13.2.3 asks for a bound. A range
 * that falls out was stated in every ACK frame sent since it began; 64 of them cover a round trip of 1,200 packets at 5 % random loss.
 */
export const MAX_ACK_RANGES = 64

/** Longest probe timeout, whatever the backoff: the upper bound that RFC 6298 section 2.5 allows TCP. The idle timeout usually ends it earlier. */
export const MAX_PROBE_TIMEOUT_MILLIS = 60_000

/** Datagrams sent when a probe timeout expires. RFC 9002 section 6.2.4 allows two, so that one more loss costs no further timeout. */
export const PROBES_PER_TIMEOUT = 2

/** Lost packets remembered per space, in case they arrive after all: what a round trip of 1,200 packets loses at 5 %, as above. */
export const MAX_LOST_PACKETS = 64

/** Furthest that the reordering threshold adapts: as far as a path of 1,000 packets a round trip that reorders over a third of it. */
export const MAX_PACKET_THRESHOLD = 300

/** Packets' places that are kept for the next ones, of all connections of a thread: a window of a few MB, or 1 MB of memory. */
export const MAX_PILED_PACKETS = 4096
