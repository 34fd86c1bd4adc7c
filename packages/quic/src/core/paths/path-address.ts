// The two ends of a path, as the core sees them. RFC 9000 section 9.

/** Where a peer is. The rim gives the same object for the same address as long as it remembers it; in case it forgot, the content is compared too. */
export interface RemoteAddress {
  readonly family: 4 | 6
  readonly address: string
  readonly port: number
}

/** Which of our sockets: opaque, one object for one socket. */
export type LocalSocket = object

export function sameAddress(a: RemoteAddress, b: RemoteAddress): boolean {
  return a === b || (a.port === b.port && a.address === b.address)
}
