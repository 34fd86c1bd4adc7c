// What the workloads need of a library.

export interface Connector {
  /** Resolves when streams can be used. */
  connect(options?: ConnectOptions): Promise<Connection>
}

export interface ConnectOptions {
  /** Resume with what is kept here, and keep here what the server gives for the next time. */
  readonly keep?: Keep
  /** What is kept is used for 0-RTT as well: `connect` resolves before the handshake is over. */
  readonly early?: boolean
}

/** A session ticket, or what a library has for it. */
export interface Keep {
  ticket?: unknown
}

export interface Connection {
  /** Sends `sent` bytes and asks for `wanted` on a stream of its own; resolves with how many came. */
  exchange(sent: number, wanted: number): Promise<number>
  /** A stream on which all that is sent comes back. */
  echo(onbytes: (bytes: Uint8Array) => void): Promise<(bytes: Uint8Array) => void>
  /** Only where an exchange takes a connection: opens the next one's. */
  redial?(): Promise<void>
  close(): Promise<void>
}
