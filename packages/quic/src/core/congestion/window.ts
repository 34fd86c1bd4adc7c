// The two windows that RFC 9002 section 7.2 fixes for every controller. All in bytes.

/** Datagrams that a path begins with, unless the user says otherwise. RFC 6928 section 2, RFC 9002 section 7.2. */
export const INITIAL_WINDOW_DATAGRAMS = 10

/**
 * Where a path begins: ten datagrams, within the bounds of RFC 9002. Another number is the user's word that the path takes it, and is taken
 * as it is: 32 lets 100 KB through in two round trips where ten need three or four.
 */
export function initialWindow(maxDatagramSize: number, datagrams: number = INITIAL_WINDOW_DATAGRAMS): number {
  if (datagrams !== INITIAL_WINDOW_DATAGRAMS) return datagrams * maxDatagramSize
  return Math.min(10 * maxDatagramSize, Math.max(14_720, 2 * maxDatagramSize))
}

/** Where every reduction ends: two datagrams, so that a delayed acknowledgement does not stop the flow. */
export function minimumWindow(maxDatagramSize: number): number {
  return 2 * maxDatagramSize
}
