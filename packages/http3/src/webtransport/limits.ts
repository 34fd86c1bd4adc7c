// Bounds on what a peer can make WebTransport hold, each with its reason.

/** Streams that wait for the session they name, of a whole connection; they come before it by reordering alone. draft-ietf-webtrans-http3 section 4.6. */
export const MAX_EARLY_STREAMS = 64

/** Streams of one session and kind that nobody has accepted; more are refused. A page that opens streams in a loop waits for its server's limit before. */
export const MAX_UNACCEPTED_STREAMS = 256

/** Streams of a kind that the peer may have open at once, whatever is anticipated: the least of a browser is 100. W3C WebTransport, options of the constructor. */
export const LEAST_INCOMING_STREAMS = 128

/** Datagrams that wait for their reader unless the application says otherwise; the oldest give way. */
export const BUFFERED_DATAGRAMS = 128

/** Datagrams to send that may wait, of each writable, before its writer has to: a round trip's worth of voice, and not so many that the last are stale. */
export const BUFFERED_OUTGOING_DATAGRAMS = 64

/** Datagrams that the transport is given at a time: enough that it sends in batches, few enough that one of a higher order goes before long. */
export const DATAGRAMS_AT_ONCE = 32

/** Bytes of a datagram taken before the session says what it can send: fits the 1200 bytes that each path of QUIC's carries. RFC 9000 section 14. */
export const ASSUMED_DATAGRAM_SIZE = 1024

/** Sessions at once that a server takes on one connection unless told otherwise: a page has a few. */
export const MAX_SESSIONS = 16

/** Bytes that the peer may have sent in one session and nobody has read: half of what a connection takes, so that no session starves the others of it. */
export const SESSION_WINDOW: number = 8 * 2 ** 20

/** Bytes of the session's credit that a stream takes at a time: little enough that streams which have to go first find some left, enough that it costs nothing. */
export const CREDIT_AT_ONCE: number = 256 * 2 ** 10

/** The most that can be asked for: as many bytes as the transport itself ever allows. */
export const LARGEST_SESSION_WINDOW: number = 2 ** 40

/** Streams of a kind that a session may have open, at most: as many as the transport allows. */
export const MAX_SESSION_STREAMS = 65_536

/** Days that a certificate may be valid which is trusted by its hash alone. W3C WebTransport, custom certificate requirements. */
export const MAX_CERTIFICATE_DAYS = 14
