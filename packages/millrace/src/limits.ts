// Every bound that a peer, a file or a user can push against, with its reason. docs/protocol.md names those that two sides must agree on.

/** Largest message body in bytes. YoMo's own limit; far above any device datum, far below what would hurt a small edge machine. */
export const MAX_MESSAGE_BYTES: number = 16 * 1024 * 1024

/** Largest frame on a control stream in bytes: a greeting with every field at its own limit fits. */
export const MAX_CONTROL_BYTES: number = 16 * 1024

/** Longest name of a peer, in bytes of UTF-8. It is printed in reports, so it has to fit a line. */
export const MAX_NAME_BYTES = 256

/** Longest reason in a refusal or goodbye, in bytes of UTF-8: a sentence, not a page. */
export const MAX_REASON_BYTES = 1024

/** Longest credentials in a greeting, in bytes: a signed token fits. */
export const MAX_CREDENTIALS_BYTES: number = 8 * 1024

/** Most tags that a plugin may observe. Y3 has 64 ids; wider tags exist, but a list of them is read on every greeting. */
export const MAX_OBSERVED_TAGS = 256

/** Largest tag. YoMo's tags are 32 bits wide. */
export const MAX_TAG = 0xffff_ffff

/**
 * Lanes between two peers: a tag travels in lane `tag % LANES`, and each lane is a QUIC stream of its own. Y3 ids have six bits, so that
 * every key has its own lane, while a peer that makes up tags without end cannot make streams without end.
 */
export const LANES = 64

/** Streams that a peer may have open at once: its lanes, the control stream, and the lanes of a flow that is being replaced. */
export const MAX_STREAMS: number = LANES * 2 + 1

/** Peers connected to an edge at once. */
export const MAX_PEERS = 4096

/** How long a dialling peer may take from the end of the handshake to its hello, in milliseconds. */
export const HELLO_TIMEOUT_MILLIS = 5000

/** How long a peer that was told goodbye may keep its flows open, in milliseconds. All that matters has been confirmed before. */
export const CLOSE_TIMEOUT_MILLIS = 5000

/** Silence after which a peer counts as gone, in milliseconds. Short, since a chain waits for a plugin that may have died. */
export const IDLE_TIMEOUT_MILLIS = 10_000

/** How often an idle connection is kept alive, in milliseconds: three chances within the idle timeout. */
export const KEEP_ALIVE_MILLIS = 3000

/** Bytes that an edge keeps for one plugin before it stops reading from those who send to it. */
export const PENDING_BYTES: number = 64 * 1024 * 1024

/** Messages that an edge keeps for one plugin: bounds what small messages cost beside their bytes. */
export const PENDING_MESSAGES = 262_144

/** Bytes that a source keeps until the edge has confirmed them, before `write` waits. */
export const SOURCE_PENDING_BYTES: number = 4 * 1024 * 1024

/** Messages that wait for whoever consumes what leaves the chain. */
export const OUTPUT_MESSAGES = 1024

/** Sources whose place in their flows an edge remembers after they have gone, so that what they send again is not taken twice. */
export const REMEMBERED_SOURCES = 4096

/** Handles of one lane that may run at once at most, whatever a plugin asks for. */
export const MAX_CONCURRENCY = 1024

/** Items inside an asynchronous Rx pipeline before it is fed no more. */
export const PIPE_WINDOW = 1024

/** How long a full Rx pipeline may stay silent before its items count as finished, in milliseconds: a filter never answers. */
export const PIPE_PATIENCE_MILLIS = 1000

/** First and longest pause between two attempts to reach a peer, in milliseconds. */
export const RETRY_FIRST_MILLIS = 50
export const RETRY_LONGEST_MILLIS = 1000

/** Bytes gathered into one write, and the payload above which a message is written without being copied into it. */
export const BATCH_BYTES: number = 64 * 1024
export const COPY_BYTES: number = 16 * 1024

/** Largest workflow file in bytes. */
export const MAX_WORKFLOW_BYTES: number = 1024 * 1024

/** Nodes that aliases in a workflow may stand for, for each alias: YAML's way to say things twice must not say them a billion times. */
export const MAX_WORKFLOW_ALIASES = 16

/** Longest that a thread stays awake for the next datagram, microseconds: what @millrace/quic takes. Beyond a second it would hardly ever sleep again. */
export const MAX_BUSY_POLL_MICROS = 1_000_000
