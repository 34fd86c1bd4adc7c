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

/**
 * Limits that a client remembers from an earlier session are not those of its peer, who may refuse all that is sent by them: they are compared from the
 * moment at which the peer has declared its own. RFC 9000 section 7.4.1.
 */
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
    holds: ({ connection: { streams, peerParameters } }, { connection: { streams: peer } }) =>
      streams.sendCredit.used <= streams.sendCredit.limit &&
      (peerParameters === null || streams.sendCredit.limit <= peer.receiveCredit.limit || streams.sendCredit.limit === 0),
  },
  {
    name: "no more is sent than the peer's credit for the stream allows (RFC 9000 section 4.1)",
    holds: ({ connection: { streams, peerParameters } }, { connection: { streams: peer } }) => {
      for (const { id, send } of streams.all()) {
        if (send === null) continue
        if (send.finalSize > send.credit.limit) return false
        if (peerParameters === null) continue
        const receive = peer.find(id)?.receive
        if (receive && send.credit.limit > receive.credit.limit) return false
        if (receive && receive.received > send.finalSize) return false
      }
      return true
    },
  },
  {
    name: 'no more streams are opened than the peer allows (RFC 9000 section 4.6)',
    holds: ({ connection: { streams, peerParameters } }, { connection: { streams: peer } }) =>
      (['bidi', 'uni'] as const).every((kind) => {
        const { opened, limit } = streams.opening[kind]
        return peerParameters === null || (opened - held(streams, kind) <= limit && limit <= peer.accepting[kind].limit)
      }),
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
      const open = streams.open - held(streams, 'bidi') - held(streams, 'uni')
      return open <= opening.bidi.limit + opening.uni.limit + accepting.bidi.limit + accepting.uni.limit
    },
  },
  {
    name: 'datagrams that wait are within their limit',
    holds: ({ connection: { datagrams } }) => datagrams.pending <= datagrams.maxPending,
  },
  {
    name: 'connection ids of ours are few (RFC 9000 section 5.1.1)',
    holds: ({ connection: { localIds } }) => [...localIds.all()].length <= MAX_LOCAL_CONNECTION_IDS + 1,
  },
  {
    // None is set for application data until the handshake is confirmed: the server's own timer sees to that.
    name: 'what asks for an acknowledgement has a timer (RFC 9002 section 6.2.1), unless the amplification limit forbids to send',
    holds: ({ connection: { recovery, closing, handshakeConfirmed } }) =>
      closing.state !== 'open' ||
      !handshakeConfirmed ||
      !recovery.awaitsAcknowledgement ||
      recovery.amplificationBlocked ||
      recovery.wakeAt() !== null,
  },
  {
    name: 'an end that is gone wants nothing more',
    holds: ({ connection }) => !connection.finished || connection.wakeAt() === null,
  },
  {
    name: 'a moment to be woken at is a number',
    holds: ({ connection }) => !Number.isNaN(connection.wakeAt() ?? 0),
  },
]

/** Streams that were opened in refused 0-RTT, and wait for the server to allow so many. */
function held(streams: Connection['streams'], kind: 'bidi' | 'uni'): number {
  let count = 0
  for (const stream of streams.all()) if (stream.held && stream.direction === kind) count++
  return count
}

/** Throws what does not hold. */
export function check(end: Observed, peer: Observed): void {
  for (const { name, holds } of INVARIANTS) {
    if (!holds(end, peer)) throw new SimulationFailure(`${end.connection.side}: it does not hold that ${name}`)
  }
}
