// A connection with its place at the endpoint: when it wakes, and who hears its events.

import type { Connection } from '../core/connection.ts'
import type { ConnectionEvent } from '../core/events.ts'
import type { Placed } from '../core/heap.ts'
import type { RemoteAddress } from '../core/paths/path-address.ts'
import type { Endpoint } from './endpoint.ts'
import type { ResetTokens } from './reset-tokens.ts'

/** Hears what a connection has to say. */
export interface MemberListener {
  handle(event: ConnectionEvent): void
  /** A line of the TLS key log. */
  keylog(line: string): void
}

export class Member implements Placed {
  /** Where it began, and is counted. */
  readonly home: Endpoint
  /** Serves it: the one that its active path leads through. */
  endpoint: Endpoint
  /** All by which datagrams find it: one, and while it moves another. */
  readonly endpoints: Endpoint[]
  readonly connection: Connection
  /** The id that a client chose for its first packets, as `originalKey` has it; servers route by it until the handshake is done. */
  original: string | null
  listener: MemberListener | null = null
  /** Among those that sleep. */
  place = -1
  /** Where the peer was when it came: whose connections are counted. */
  readonly host: RemoteAddress
  /** In line to be served. */
  queued = false
  /** The peer's stateless reset token that is looked for. Written by `ResetTokens` alone. */
  resetToken: Uint8Array | null = null
  /** Who looks for it. Written by `ResetTokens` alone. */
  watcher: ResetTokens | null = null
  /** Of the address token that brought the connection in, until it is spent. */
  tokenNonce: string | null = null
  /** The peer proved to be there. */
  established = false

  constructor(endpoint: Endpoint, connection: Connection, original: string | null) {
    this.home = endpoint
    this.endpoint = endpoint
    this.endpoints = [endpoint]
    this.connection = connection
    this.original = original
    this.host = connection.path.remote
  }

  hasLocalId(bytes: Buffer, offset: number): boolean {
    return this.connection.localIds.stands(bytes, offset)
  }

  /** A farewell is to be sent. */
  dismiss(): void {
    this.endpoint.dismiss(this)
  }

  /** Something may have to be sent: the endpoint looks after the current turn's work. */
  touch(): void {
    this.endpoint.touch(this)
  }
}
