// What an endpoint counts, over all of its connections and of what belongs to none.
import type { HandOverStats } from './hand-over.ts'
import type { ReplyStats } from './stateless-replies.ts'

export interface EndpointStats extends ReplyStats, HandOverStats {
  datagramsReceived: number
  bytesReceived: number
  datagramsSent: number
  bytesSent: number
  /** Datagrams that belong to no connection and do not begin one. */
  datagramsDropped: number
  /** First packets of clients for whom there was no room. */
  handshakesRefused: number
}

export function newEndpointStats(): EndpointStats {
  return {
    datagramsReceived: 0,
    bytesReceived: 0,
    datagramsSent: 0,
    bytesSent: 0,
    datagramsDropped: 0,
    handshakesRefused: 0,
    versionNegotiations: 0,
    retries: 0,
    immediateCloses: 0,
    statelessResets: 0,
    repliesLimited: 0,
    datagramsHandedOver: 0,
    datagramsNotHandedOver: 0,
  }
}
