// Who keeps the thread awake between datagrams: for as long as the user asked for, else while servers that are near answer a handshake.
import { performance } from 'node:perf_hooks'
import type { Connection } from '../core/connection.ts'
import type { Instant } from '../core/instant.ts'
import { BusyPoll } from './busy-poll.ts'
import { HandshakePoll } from './handshake-poll.ts'
import type { EndpointPolicy } from './policy.ts'

export interface Poll {
  /** A connection's datagrams have left. */
  sent(by: Polled): void
  /** A datagram has come for a connection, which has not read it yet. */
  received(by: Polled, now: Instant): void
  /** The thread may sleep. */
  close(): void
}

/** What it is to know of a connection. */
export type Polled = Pick<Connection, 'side' | 'handshakeConfirmed'>

/** What it needs of its surroundings. */
export interface Turns {
  now(): Instant
  /** Calls back in the next turn of the event loop, which then does not wait. */
  next(turn: () => void): void
}

/** Null where the thread sleeps as soon as there is nothing to do. */
export function pollFor(policy: EndpointPolicy): Poll | null {
  if (policy.busyPollMillis > 0) return new BusyPoll(policy.busyPollMillis, TURNS)
  return policy.pollsForHandshakes ? new HandshakePoll(TURNS) : null
}

const TURNS: Turns = { now: () => performance.now(), next: setImmediate }
