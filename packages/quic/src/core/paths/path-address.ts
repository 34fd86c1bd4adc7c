// The two ends of a path, as the core sees them. RFC 9000 section 9.

/** Where a peer is. The rim gives the same object for the same address as long as it remembers it; in case it forgot, the content is compared too. */
export interface RemoteAddress {
  readonly family: 4 | 6
  readonly address: string
  readonly port: number
}

/** Which of our sockets: one object for one socket. */
export interface LocalSocket {
  /**
   * Bytes of the largest datagram that may leave by it: 1200 where it cannot forbid that routers take datagrams apart. A larger one would then arrive, in
   * pieces, where the path carries none of its size, and the search for that size would be told a lie. RFC 9000 section 14, RFC 8899 section 3.
   */
  readonly largestDatagram: number
}

export function sameAddress(a: RemoteAddress, b: RemoteAddress): boolean {
  return a === b || (a.port === b.port && a.address === b.address)
}
