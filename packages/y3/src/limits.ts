// Bounds on what a peer can make this package do. Y3 itself has none but the 32-bit length.

/** Longest value that a length can announce: lengths are signed 32-bit integers. */
export const MAX_LENGTH = 0x7fff_ffff

/** How deep nodes may be nested, the outermost counted as 1. Real data stays under ten; recursion must end somewhere. */
export const MAX_DEPTH = 64

/** Longest packet that is gathered from a stream or made by `replace`, tag and length included: 16 MiB, the largest frame that YoMo carried. */
export const MAX_PACKET_BYTES: number = 16 * 1024 * 1024

/** How many packets one call may turn into objects. A packet takes 2 bytes on the wire and a few hundred as an object, so 16 MiB could claim gigabytes. */
export const MAX_PACKETS = 262_144
