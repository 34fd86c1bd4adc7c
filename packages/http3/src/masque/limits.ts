// Bounds on what clients can make a proxy do, each with its reason.

/** Tunnels at once of one proxy unless told otherwise: each holds a socket of the system's. */
export const MAX_TUNNELS = 256

/** Milliseconds without a datagram after which a tunnel is closed. RFC 9298 section 3.1 asks for two minutes at least, as RFC 4787 does of NATs. */
export const IDLE_TIMEOUT_MILLIS = 120_000

/** Bytes of the largest UDP payload. RFC 9298 section 5. */
export const MAX_UDP_PAYLOAD = 65_527

/** Bytes that may wait on the stream of a tunnel, where datagrams go that QUIC's have no room for; more are dropped, as a full router drops them. */
export const MAX_QUEUED = 262_144

/** Addresses of a name that are looked at: a name with more is no help. */
export const MAX_ADDRESSES = 16
