// How much a stream's data matters beside that of others. The terms and their meaning are those of RFC 9218 section 4, which HTTP/3 puts on the wire;
// QUIC itself leaves the choice to the sender (RFC 9000 section 2.3).

export interface Priority {
  /** 0 goes first, 7 last. RFC 9218 section 4.1. */
  readonly urgency: number
  /** Shares with others of its urgency, packet by packet; otherwise one is sent after the other, lower ids first. RFC 9218 section 4.2. */
  readonly incremental: boolean
  /** Those of one group share with others of their urgency as one, and send by their `order` among each other. Absent: alone. */
  readonly group?: object
  /** Within the group: higher goes first, whatever is left of it; equals share. Absent: 0. */
  readonly order?: number
}

export const URGENCIES = 8

/**
 * Of a stream of which nothing else was said. Unlike in HTTP/3, whose responses have an end, it shares: the first stream that never ends would
 * otherwise silence all that were opened after it.
 */
export const DEFAULT_PRIORITY: Priority = { urgency: 3, incremental: true }
