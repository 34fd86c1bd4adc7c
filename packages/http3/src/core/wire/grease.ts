// Values that mean nothing, sent so that peers keep ignoring what they do not know. RFC 9114 sections 6.2.3, 7.2.4.1 and 7.2.8, RFC 8701.

/** Whether a frame type, stream type, setting or error code is one of those reserved to have no meaning. */
export function isReserved(value: number): boolean {
  return value >= 0x21 && (value - 0x21) % 0x1f === 0
}

/** One of the reserved values: `random` is 0 to below 1. Stays under 2^30, so that it takes four bytes at most. */
export function reservedValue(random: number): number {
  return 0x21 + 0x1f * Math.floor(random * LARGEST_FACTOR)
}

const LARGEST_FACTOR = 2 ** 25
