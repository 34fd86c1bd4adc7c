// What holds at every moment, whatever the network does. A row each: its name is what a failure says.
import type { Connection } from '../packages/quic/src/core/connection.ts'
import { MAX_LOCAL_CONNECTION_IDS } from '../packages/quic/src/core/limits.ts'
import { SimulationFailure } from './failure.ts'

/** One end as the invariants see it: its connection, and what passed its door. */
export interface Observed {
  readonly connection: Connection
  /** Bytes of UDP payload, each way. */
  readonly bytesReceived: number
  readonly bytesSent: number
}

interface Invariant {
  readonly name: string
  readonly holds: (end: Observed, peer: Observed) => boolean
}

export const INVARIANTS: readonly Invariant[] = [
  {
    name: 'what is in flight is a number of bytes, and none of them is there twice',
    holds: ({ connection: { recovery }, bytesSent }) => recovery.bytesInFlight >= 0 && recovery.bytesInFlight <= bytesSent,
  },
  {
    name: 'the congestion window admits two datagrams at least (RFC 9002 section 7.2)',
    holds: ({ connection: { recovery } }) => recovery.controller.window >= 2 * 1200,
  },
  {
    name: 'a server sends three times what it received, until it knows the address (RFC 9000 section 8.1)',
    holds: ({ connection, bytesReceived, bytesSent }) =>
      connection.handshake.completed || connection.path.amplification.validated || bytesSent <= 3 * bytesReceived,
  },
  {
    name: "no more is sent than the peer's connection credit allows (RFC 9000 section 4.1)",
    holds: ({ connection: { streams } }, { connection: { streams: peer } }) =>
      streams.sendCredit.used <= streams.sendCredit.limit &&
      (streams.sendCredit.limit <= peer.receiveCredit.limit || streams.sendCredit.limit === 0),
  },
  {
    name: "no more is sent than the peer's credit for the stream allows (RFC 9000 section 4.1)",
    holds: ({ connection: { streams } }, { connection: { streams: peer } }) => {
      for (const { id, send } of streams.all()) {
        if (send === null) continue
        if (send.finalSize > send.credit.limit) return false
        const receive = peer.find(id)?.receive
        if (receive && send.credit.limit > receive.credit.limit) return false
        if (receive && receive.received > send.finalSize) return false
      }
      return true
    },
  },
  {
    name: 'no more streams are opened than the peer allows (RFC 9000 section 4.6)',
    holds: ({ connection: { streams } }, { connection: { streams: peer } }) =>
      (['bidi', 'uni'] as const).every(
        (kind) => streams.opening[kind].opened <= streams.opening[kind].limit && streams.opening[kind].limit <= peer.accepting[kind].limit,
      ),
  },
  {
    name: 'what waits to be read is within the windows',
    holds: ({ connection: { streams, parameters } }) => {
      let held = 0
      for (const { receive } of streams.all()) if (receive !== null) held += receive.received
      return streams.receiveCredit.used <= streams.receiveCredit.limit && held <= streams.receiveCredit.limit + parameters.initialMaxData
    },
  },
  {
    name: 'streams that are open are within the limits of both sides',
    holds: ({ connection: { streams } }) => {
      const { opening, accepting } = streams
      return streams.open <= opening.bidi.limit + opening.uni.limit + accepting.bidi.limit + accepting.uni.limit
    },
  },
  {
    name: 'connection ids of ours are few (RFC 9000 section 5.1.1)',
    holds: ({ connection: { localIds } }) => [...localIds.all()].length <= MAX_LOCAL_CONNECTION_IDS + 1,
  },
  {
    // None is set for application data until the handshake is confirmed: the server's own timer sees to that.
    name: 'what is in flight has a timer (RFC 9002 section 6.2.1), unless the amplification limit forbids to send',
    holds: ({ connection: { recovery, closing, handshakeConfirmed } }) =>
      closing.state !== 'open' ||
      !handshakeConfirmed ||
      recovery.bytesInFlight === 0 ||
      recovery.amplificationBlocked ||
      recovery.wakeAt() !== null,
  },
  {
    name: 'a moment to be woken at is a number',
    holds: ({ connection }) => !Number.isNaN(connection.wakeAt() ?? 0),
  },
]

/** Throws what does not hold. */
export function check(end: Observed, peer: Observed): void {
  for (const { name, holds } of INVARIANTS) {
    if (!holds(end, peer)) throw new SimulationFailure(`${end.connection.side}: it does not hold that ${name}`)
  }
}
