// The two windows that RFC 9002 section 7.2 fixes for every controller. All in bytes.

/** Where a path begins: ten datagrams, within bounds. */
export function initialWindow(maxDatagramSize: number): number {
  return Math.min(10 * maxDatagramSize, Math.max(14_720, 2 * maxDatagramSize))
}

/** Where every reduction ends: two datagrams, so that a delayed acknowledgement does not stop the flow. */
export function minimumWindow(maxDatagramSize: number): number {
  return 2 * maxDatagramSize
}
