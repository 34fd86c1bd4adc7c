// The two ends of a connection. RFC 9114 section 2.2.

/** Which end: the one that asks, or the one that answers. */
export type Side = 'client' | 'server'
