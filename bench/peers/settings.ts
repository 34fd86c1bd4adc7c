// What all contenders are told alike, as far as they can be told; the programs in Go and Rust repeat it.

export const ALPN = 'millrace-bench'

/** TLS 1.3, by OpenSSL's names: one suite and one group for all. */
export const CIPHERS = 'TLS_AES_128_GCM_SHA256'
export const GROUPS = 'X25519'

/** Idle connections stay for as long as a benchmark may take, milliseconds. */
export const IDLE_MILLIS = 600_000

/** Streams that a client may have open at once. */
export const STREAMS = 1024

/** Flow control windows of the peers, bytes. Millrace keeps its own: streams begin at 1 MiB and grow to the 16 MiB of the connection. */
export const STREAM_WINDOW: number = 4 * 1024 * 1024
export const CONNECTION_WINDOW: number = 16 * 1024 * 1024

/** What each QUIC contender asks of the kernel for its socket, bytes. */
export const SOCKET_BUFFER: number = 4 * 1024 * 1024

/**
 * What Millrace's programs are told of polling in the modes of these names: for 2,000 us, longer than the others take to answer and than an echo's schedule has
 * between two; or never, not even in handshakes.
 */
export const POLLING: Readonly<Record<string, { readonly busyPoll: number }>> = { 'busy-poll': { busyPoll: 2000 }, asleep: { busyPoll: 0 } }

/** What Millrace's programs read at once, bytes. */
export const READ_BYTES: number = 256 * 1024
