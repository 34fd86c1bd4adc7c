// UDP sockets: what the endpoint sees of them, whichever way they work underneath.

import type { Arena } from '../arena.ts'
import type { Address } from './address.ts'
import type { DatagramChannel } from './channel.ts'

/** Where a socket is bound, and how much it buffers. */
export interface UdpSocketOptions {
  /** IP address to bind. `::` takes IPv4 as well. */
  readonly address: string
  /** Port to bind, 0 for any. */
  readonly port: number
  /**
   * `batched` needs Linux on x64 or arm64; `portable` runs wherever Node does; `auto`, the default, takes the first where it can, and the second everywhere
   * if the environment has MILLRACE_UDP=dgram.
   */
  readonly kind?: 'auto' | 'batched' | 'portable'
  /** Bytes that the kernel may hold for us; it may grant less. Default 4 MiB: its own 208 KiB overflows within a millisecond under load. */
  readonly receiveBufferSize?: number
  /** Bytes that the kernel may hold of ours; it may grant less. Default 1 MiB. */
  readonly sendBufferSize?: number
  /** Shares the port with other sockets that say so; the kernel spreads remotes among them. Default false. */
  readonly reusePort?: boolean
  /** Takes an address that another socket holds, if both say so (SO_REUSEADDR); what comes there goes to the one bound last. Default false. */
  readonly reuseAddress?: boolean
  /** Takes the place of a socket of this machine; all else that the options say is then of no account. */
  readonly channel?: DatagramChannel | undefined
}

/** Datagrams that arrived. The memory is valid only during the call of `onreceive`. */
export interface ReceivedBatch {
  readonly memory: Arena
  readonly count: number
  /** Where the i-th datagram begins in `memory`. */
  offset(i: number): number
  /** How many bytes it has. */
  length(i: number): number
  /** Who sent it. */
  from(i: number): Address
  /** The ECN codepoint of its IP header, 0 to 3: RFC 3168 section 5. Always 0 where the socket has `ecn` false. */
  ecn(i: number): number
  /** How many there are from the i-th on that the kernel has glued together, 1 or more: of one sender and one ECN codepoint, as long as it, and end to end in `memory`. */
  together(i: number): number
}

/** Counts of one socket since it was opened. */
export interface UdpSocketStats {
  datagramsSent: number
  datagramsReceived: number
  bytesSent: number
  bytesReceived: number
  /** Datagrams that the kernel refused (unreachable, too long, ...); to QUIC they are lost. */
  sendErrors: number
  /** Times that the kernel had an error instead of datagrams, as where a router said that nobody is there (ECONNREFUSED); to QUIC it means nothing. */
  receiveErrors: number
  /** Times that `send` said false. */
  blocked: number
  /** Datagrams dropped because they were longer than a slot (2048 bytes): we advertise no such max_udp_payload_size. */
  truncated: number
  /** Datagrams that the kernel dropped because its receive buffer was full: raise `receiveBufferSize` and net.core.rmem_max. Batched sockets only. */
  receiveOverflows: number
}

/** Hears of datagrams that the operating system refused. */
export interface RefusalListener {
  /** So many datagrams, and the name of the error, such as EMSGSIZE. Called while `send` runs, or later. */
  refused(datagrams: number, code: string): void
}

/** A UDP socket that sends and receives in batches. */
export interface UdpSocket {
  readonly kind: 'batched' | 'portable'
  readonly local: Address
  /** Whether ECN codepoints are read and written. The portable kind cannot: node:dgram has no access to them. */
  readonly ecn: boolean
  /** Whether datagrams leave with the Don't Fragment bit, so that they arrive whole or not at all. The portable kind cannot see to it. */
  readonly whole: boolean
  /** Datagrams to send are built here. */
  readonly outgoing: Arena
  readonly stats: Readonly<UdpSocketStats>
  /** Called when `send` may be called again after it said false. */
  onwritable: (() => void) | null
  /** Called with each batch. */
  onreceive: ((batch: ReceivedBatch) => void) | null
  /** Called when the socket is of no use any more: somebody closed its descriptor. Nothing is sent or received from then on. */
  onerror: ((error: Error) => void) | null
  /**
   * The address in a literal IP and a port. Throws `NativeError` (`ERR_NATIVE_OPTION`) if it is none, or of a family that the socket does
   * not reach.
   */
  resolve(address: string, port: number): Address
  /**
   * Sends [offset, offset + length) of `outgoing` as datagrams of `segmentSize` bytes, the last of which may be shorter, with `ecn` in the ECN field of
   * their IP headers: 0 (the default), or ECT(1), ECT(0) or CE as 1, 2 or 3. The memory is free again on return.
   *
   * True: go on. False: the kernel's buffer is full; wait for `onwritable`. The train that filled it was taken (what the kernel left of it
   * goes out first); trains that are offered before `onwritable` are not. What cannot be delivered (no route, too long) is not an error but
   * lost, counted, and told to `refusals`. Throws `NativeError` (`ERR_NATIVE_RANGE`) if the bytes are not inside `outgoing` or `segmentSize` is not 1 to 65507.
   */
  send(offset: number, length: number, segmentSize: number, to: Address, ecn?: number, refusals?: RefusalListener | null): boolean
  /** Whether the socket keeps the process alive; it does until `unref()`. */
  ref(): void
  /** The socket alone does not keep the process running. */
  unref(): void
  /** Closes it; nothing is called afterwards. Resolves when the port is free; the same promise if called again. */
  close(): Promise<void>
}

/** Size of `outgoing`: two trains of segmentation offload, 64 KiB each. */
export const OUTGOING_SIZE = 131_072
/** Room for one datagram. */
export const SLOT_SIZE = 2048
export const DEFAULT_RECEIVE_BUFFER = 4_194_304
export const DEFAULT_SEND_BUFFER = 1_048_576

export function newStats(): UdpSocketStats {
  return {
    datagramsSent: 0,
    datagramsReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    sendErrors: 0,
    receiveErrors: 0,
    blocked: 0,
    truncated: 0,
    receiveOverflows: 0,
  }
}
