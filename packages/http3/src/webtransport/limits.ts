// Bounds on what a peer can make WebTransport hold, each with its reason.

/** Streams that wait for the session they name, of a whole connection; they come before it by reordering alone. draft-ietf-webtrans-http3 section 4.6. */
export const MAX_EARLY_STREAMS = 64

/** Streams of one session and kind that nobody has accepted; more are refused. A page that opens streams in a loop waits for its server's limit before. */
export const MAX_UNACCEPTED_STREAMS = 256

/** Datagrams that wait for their reader unless the application says otherwise; the oldest give way. */
export const BUFFERED_DATAGRAMS = 128

/** Sessions at once that a server takes on one connection unless told otherwise: a page has a few. */
export const MAX_SESSIONS = 16

/** Days that a certificate may be valid which is trusted by its hash alone. W3C WebTransport, custom certificate requirements. */
export const MAX_CERTIFICATE_DAYS = 14
