// Bounds on what MASQUE reads of a peer's words, each with its reason.

/** Bytes of a UDP payload: what is left of 65535 behind the UDP header. RFC 9298 section 5. */
export const MAX_UDP_PAYLOAD = 65_527

/** Characters of a request's path and query that are compared with a template: the longest host is 253, and may be percent-encoded. */
export const MAX_PATH = 2048

/** Characters of a host name. RFC 1035 section 2.3.4. */
export const MAX_HOST_NAME = 253
