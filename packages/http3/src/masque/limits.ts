// Bounds on what a peer can make MASQUE hold or do, each with its reason.

/** Tunnels at once of one session, unless told otherwise. Each is a socket; a browser that goes through a proxy needs one for each origin. */
export const MAX_SESSION_TUNNELS = 64

/** Tunnels at once of all sessions, unless told otherwise: half of the file descriptors that a process has by default. */
export const MAX_TUNNELS = 512

/** Milliseconds without a datagram after which a tunnel ends, unless told otherwise; RFC 4787 section 4.3 recommends it for NATs, and two minutes at least. */
export const IDLE_TIMEOUT_MILLIS = 300_000

/** Milliseconds until a name must be resolved, unless told otherwise: longer than resolvers try. */
export const RESOLVE_TIMEOUT_MILLIS = 5000

/** Datagrams of a tunnel that wait until it is open; a client may send before it is answered. RFC 9298 section 5. */
export const MAX_EARLY_DATAGRAMS = 16

/** Bytes of them. */
export const MAX_EARLY_BYTES = 32_768

/** Bytes that may wait in a socket of the proxy's to be sent; beyond, datagrams are dropped, as routers do. */
export const MAX_QUEUED_BYTES = 262_144

/** Bytes of a UDP payload that the proxy passes on to a target, by family: Ethernet's 1500 without the headers, so that nothing is sent in fragments. RFC 9298 section 3.1. */
export const MAX_FORWARDED = { 4: 1472, 6: 1452 } as const

/**
 * Bytes of a UDP payload up to which one that no HTTP datagram has room for goes in a capsule. No path of QUIC carries less (RFC 9000 section 14), so that
 * nobody finds out a path's limit by such; without it QUIC could not begin before the outer path is known to carry more.
 */
export const MAX_RELIABLE_PAYLOAD = 1200

/** Addresses of a name that are considered. */
export const MAX_ADDRESSES = 16
