// What compressing files on the fly may cost. Sizes are bytes.

/** Below this, what compression saves is less than a packet. */
export const SMALLEST_COMPRESSED = 1024

/** Above this, compress when you build: a file is compressed whole, and held. */
export const LARGEST_COMPRESSED: number = 2 * 1024 * 1024

/** Compressed files that are kept, all together. */
export const KEPT_BYTES: number = 32 * 1024 * 1024

/** Compressions at once, each on a thread of libuv's pool of four, which others need as well; a request beyond gets the file as it is. */
export const COMPRESSIONS_AT_ONCE = 2
