// What clients may take of a server, each with its reason. Times are milliseconds, sizes bytes.

/** Content that nobody reads is let go up to this much once the response is complete: a form or so, for which it is cheaper than a reset. */
export const DISCARDED_CONTENT: number = 64 * 1024

/** Until when a request has to be there, content included; as in Node's http. Slow senders hold a stream and its memory. */
export const REQUEST_TIMEOUT = 300_000

/** Until when a header section has to be there; as in Node's http. */
export const HEADERS_TIMEOUT = 60_000

/** For which HTTP/1.1 keeps a connection on which nothing is under way; as in Node's http, which the http2 of version 22 does not know. */
export const HTTP1_KEEP_ALIVE_TIMEOUT = 5000

/** Between two looks at which requests are late: one timer for all of them. */
export const LATE_CHECK_INTERVAL = 1_000

/** What a server that closes gives the exchanges that are under way. Deployments wait for it; a load balancer waits half a minute. */
export const DRAIN_TIMEOUT = 10_000

/** Tries to find a port that is free for both UDP and TCP when any will do. Ports are taken at random, so that a second try nearly always has one. */
export const PORT_ATTEMPTS = 16

/** Seconds for which clients remember that HTTP/3 is served. RFC 7838 section 3.1. */
export const ALT_SVC_MAX_AGE = 86_400

/** Requests at once on one connection of HTTP/2; what HTTP/3 has from @millrace/quic. */
export const MAX_STREAMS = 128

/** Content that a client may send ahead of its readers: per stream and per connection of HTTP/2, whose own 64 KiB make uploads wait for round trips. */
export const HTTP2_STREAM_WINDOW: number = 1024 * 1024
export const HTTP2_CONNECTION_WINDOW: number = 4 * 1024 * 1024
