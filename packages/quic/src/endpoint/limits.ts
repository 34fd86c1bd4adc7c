// Bounds on what an endpoint does for peers it does not know, and for one at the cost of the others.

/** Handshakes that a server has under way at once; further Initial packets are dropped until some end. */
export const MAX_HANDSHAKES = 1024

/** Connections of one endpoint. */
export const MAX_CONNECTIONS = 65_536

/** Trains of datagrams that one connection sends before the others, and arrivals, have their turn. */
export const TRAINS_PER_TURN = 4

/** Datagrams in a train: what Linux takes as one segmented send. */
export const TRAIN_DATAGRAMS = 64

/** Bytes in a train: the largest UDP payload. */
export const TRAIN_BYTES = 65_507

/** Handshakes under way above which a server that validates addresses under load does so (RFC 9000 section 8.1.2): a tenth of a second's work. */
export const HANDSHAKES_UNDER_LOAD = 100

/** Secrets of address tokens that are kept: the one in use, and those before it until their tokens have expired. */
export const MAX_TOKEN_SECRETS = 4

/** Address tokens remembered as used, so that they are not used again. */
export const MAX_SEEN_TOKENS = 65_536

/**
 * Milliseconds that an endpoint which is closed still answers late packets with its farewells. RFC 9000 section 10.2 asks for three probe timeouts, but
 * lets who closes the socket end this sooner; before the round trip is known those are three seconds, and nobody waits that long for a close().
 */
export const LINGER_MILLIS = 250

/** Connection ids that were given out and lead nowhere yet: four for each connection of a batch, and those of Retry packets, which never may. */
export const MAX_RESERVED_IDS = 4096

/** Threads at one port: more than any machine has cores that could serve one, and each pair of them has two channels. */
export const MAX_SEATS = 128

/** Datagrams of its connections that a thread has been handed by the others and has not read yet: two milliseconds' work; a full socket drops, too. */
export const MAX_HANDED_OVER = 1024
