// Bounds on all that a peer can make us hold or do, each with its reason.

/** Gaps in one stream's received ranges. A sender that loses packets leaves a few dozen; only an attack leaves thousands (CVE-2026-25800). */
export const MAX_RECEIVE_GAPS = 4096

/** Streams that a peer may reset or stop at once, besides all it may have open: a page that is left, or a player that jumps, gives up hundreds. */
export const RESETS_AT_ONCE = 1000

/** And how many a second from then on: more than a sender of live media gives up, who resets each frame that is late on each of a few tracks. */
export const RESETS_PER_SECOND = 500

/** CRYPTO bytes held out of order at one level. RFC 9000 section 7.5 asks for 4096 at least; a chain of large certificates takes 16 KiB. */
export const MAX_CRYPTO_BUFFER = 65_536

/** CRYPTO bytes taken in all at one level, so that endless post-handshake messages end. */
export const MAX_CRYPTO_TOTAL = 1_048_576

/** Connection ids of the peer that we keep; what we advertise as active_connection_id_limit. RFC 9000 section 5.1.1: 2 at least. */
export const ACTIVE_CONNECTION_ID_LIMIT = 4

/** RETIRE_CONNECTION_ID frames waiting to be sent or acknowledged; thrice the active limit and more is an attack (CVE-2024-22189). */
export const MAX_RETIREMENTS = 16

/** Connection ids of ours that a peer holds at once, however many it asks for. */
export const MAX_LOCAL_CONNECTION_IDS = 4

/** PATH_RESPONSE frames waiting to be sent; older challenges are forgotten first (CVE-2023-49295). */
export const MAX_PATH_RESPONSES = 4

/** Times a server may send what it received before the address is validated. RFC 9000 section 8.1. */
export const AMPLIFICATION_FACTOR = 3

/** Smallest datagram that may carry an Initial packet, and the size we may always send. RFC 9000 section 14.1. */
export const MIN_INITIAL_DATAGRAM = 1200

/** Largest datagram that we accept: the receive slots are this large. */
export const MAX_UDP_PAYLOAD = 2048

/** Bytes of a reason phrase that we send: the same close may have to fit one datagram three times, once a level. */
export const MAX_REASON_LENGTH = 256

/** Packets which arrived before their keys and are kept for when those come: a flight of the handshake. */
export const MAX_EARLY_PACKETS = 16

/** Datagrams that wait to be sent, unless their owner sets another limit: enough for a burst, few enough that the last is not stale. */
export const MAX_PENDING_DATAGRAMS = 128

/** Datagrams that arrived and wait for their owner, who comes after each batch that is read from the socket; older ones give way. */
export const MAX_RECEIVED_DATAGRAMS = 1024

/** Packets in a closing connection between two repeats of CONNECTION_CLOSE double up to this. RFC 9000 section 10.2.1. */
export const MAX_CLOSE_INTERVAL = 1024

/** Packets after which 1-RTT keys are updated by default: half of what AES-GCM permits. RFC 9001 section 6.6. */
export const KEY_UPDATE_INTERVAL: number = 2 ** 22

/** Coalesced packets looked at in one datagram: Initial, 0-RTT, Handshake, 1-RTT, and some grace. */
export const MAX_COALESCED = 8

/**
 * Datagrams of a train that arrives whose header masks are made in one call. That is before it is known that they are alike: for more, a peer whose datagrams are
 * not would have them made for nothing; for fewer, the call begins to count.
 */
export const MAX_MASKS_AHEAD = 16

/** Bytes of a token that a client carries: with the largest, an Initial packet still has room for most of a ClientHello. */
export const MAX_TOKEN_LENGTH = 512

/** Paths known at once: the active one, the one to return to, one that is probed, and one more. */
export const MAX_PATHS = 4

/** PATH_CHALLENGE frames whose answers are waited for on one path: one per probe timeout of a validation, and some grace. */
export const MAX_PATH_CHALLENGES = 4

/**
 * Bytes of a stream's window up to which it grows because the peer has used it up, without a look at the path: as much as sockets ask the kernel to hold for us. What
 * the path does not hold waits there, and is lost where it does not fit.
 */
export const MAX_USED_UP_WINDOW: number = 4 * 2 ** 20

/** Blocks of 64 KiB that a connection keeps to receive into again: two turns of full speed, 1 MiB. */
export const MAX_POOLED_BLOCKS = 16

/** Blocks of 4 KiB that a connection keeps while it has streams: as many as end in a turn under load, 256 KiB. */
export const MAX_POOLED_FIRST_BLOCKS = 64

/** Bytes that an application protocol may have remembered with each ticket: HTTP/3's SETTINGS have some dozens, and they go out in every ClientHello's ticket. */
export const MAX_EARLY_DATA_TERMS = 1024
