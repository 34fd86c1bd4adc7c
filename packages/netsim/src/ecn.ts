// The ECN field of the IP header. RFC 3168 section 5.

export const NOT_ECT = 0b00
/** Congestion experienced. */
export const CE = 0b11

/** Whether a router may mark the datagram instead of dropping it: ECT(0) and ECT(1). */
export function isEcnCapable(field: number): boolean {
  return field !== NOT_ECT && field !== CE
}
