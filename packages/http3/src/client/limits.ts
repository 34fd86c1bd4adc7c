// What a server, or the many servers of a crawler, can make a client hold or do. Each limit with its reason.

/** Bytes of one Alt-Svc field value that are read. Real ones are under 300; what is longer says nothing. RFC 7838 section 3. */
export const MAX_ALT_SVC_LENGTH = 4096
/** Alternatives kept of one origin, in the server's order: each is one more address that a server can make us dial. */
export const MAX_ALTERNATIVES = 4
/** Origins whose alternatives are kept, the latest heard from: a few hundred bytes each. */
export const MAX_ALT_SVC_ORIGINS = 1024
/** Seconds for which an alternative is kept at most, whatever `ma` says: after a month without a word, asking again costs one race. */
export const MAX_ALT_SVC_AGE_SECONDS: number = 30 * 86_400

/** Addresses that are known not to answer by HTTP/3. */
export const MAX_BROKEN = 1024
/** Milliseconds until an address that did not answer by HTTP/3 is tried again: long enough to spare it, short enough for a laptop that changed networks. */
export const BROKEN_FIRST_MILLIS = 30_000
/** It doubles each time, up to this: an hour of a network that drops UDP costs seven attempts, and each next hour one. */
export const BROKEN_MOST_MILLIS = 3_600_000

/**
 * Milliseconds between two signs of life on a session: the server's idle timeout, often 30 seconds, must not end a request that takes long, and a network that
 * begins to drop UDP while nothing is sent must be noticed. RFC 9000 section 10.1.2.
 */
export const KEEP_ALIVE_MILLIS = 5_000
/** Probe timeouts without an acknowledgement after which a session that was open counts as silent: the second probe is sent then. RFC 9002 section 6.2.1. */
export const SILENT_TIMEOUTS = 3
/** And milliseconds, since on a short path several timeouts pass while a server collects its garbage. */
export const SILENT_MILLIS = 1_000

/**
 * Milliseconds that an attempt by HTTP/3 still has when HTTP/2 has failed for good: time for a first packet that is lost to be sent again, which is after one second
 * (RFC 9002 section 6.2.2), and not the whole connect timeout, since who is refused by TCP is mostly nowhere.
 */
export const LAST_CHANCE_MILLIS = 3_000

/** HTTPS records of one name that are looked at: a zone has one or two. RFC 9460 section 2.4.1. */
export const MAX_HTTPS_RECORDS = 8
/** Names whose HTTPS records are kept. */
export const MAX_HTTPS_RECORD_NAMES = 1024
/** Milliseconds for which the answer of a resolver is kept, records or none: resolvers have caches of their own that know the TTL. */
export const HTTPS_RECORD_MILLIS = 60_000

/** Interim responses to one request: 100, 103 and a few more make sense; an endless row of them is work without a response. RFC 9110 section 15.2. */
export const MAX_INTERIM_RESPONSES = 32

/** Times that one request is sent anew, for whatever reasons together: rejected (RFC 9114 section 5.2), too early (RFC 8470), misdirected (RFC 9110 section 15.5.20). */
export const MAX_RETRIES = 3
