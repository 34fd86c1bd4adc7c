// What the relay notes about each datagram. A sender's datagrams are noted as it sent them, whatever became of them on the way.

export type Side = 'client' | 'server'

export interface Recorded {
  /** Milliseconds since the relay's first datagram. */
  readonly at: number
  readonly from: Side
  /**
   * Which path it took: a number for each pair of addresses under which client and server see each other, in the order in which they were
   * first used.
   */
  readonly path: number
  /** The client's host as the server sees it. */
  readonly clientHost: string
  /** The ECN codepoint with which it was sent, 0 to 3; 0 when the relay cannot read it. */
  readonly ecn: number
  readonly bytes: Buffer
}
