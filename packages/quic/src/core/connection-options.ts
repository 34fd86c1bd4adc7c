// What a connection is made with, and what is given to it afterwards: all that the pure core needs of the world.
import type { RetryTag } from './address-tokens.ts'
import type { CongestionController } from './congestion/controller.ts'
import type { InitialKeys, PacketMemory } from './crypto/protection.ts'
import type { TlsFactory } from './crypto/tls.ts'
import type { DatagramDropPolicy } from './datagrams.ts'
import type { TokenSource } from './issued-tokens.ts'
import type { LocalSocket, RemoteAddress } from './paths/path-address.ts'
import type { QlogSink } from './qlog/sink.ts'
import { randomWords } from './random.ts'
import type { NewController, RecoveryOptions } from './recovery/recovery.ts'
import type { Side } from './streams/stream-id.ts'
import type { PreferredAddress, TransportParameters } from './wire/transport-parameters.ts'
import type { Workbench } from './workbench.ts'

/** What all connections of an endpoint with the same options are made with: one object, since to copy it for each takes V8 10 us. */
export interface SharedOptions {
  readonly initialKeys: InitialKeys
  readonly retryTag: RetryTag
  /** Versions that we speak, the preferred one first. Default: `version` alone. */
  readonly versions?: readonly number[]
  /** Makes the stateless reset token of a connection id of ours, the same for the same id. By default they are random, and nobody can use them. RFC 9000 section 10.3.2. */
  readonly resetToken?: (connectionId: Uint8Array) => Uint8Array
  /** Unpredictable bytes. */
  readonly random: (length: number) => Uint8Array
  /** Makes one for another path. Without it, the one there is goes along, and forgets what it knew. RFC 9000 section 9.4. */
  readonly newController?: NewController
  /** What recovery is to assume and to ask for, if not the defaults. */
  readonly recovery?: Pick<RecoveryOptions, 'initialRttMillis' | 'initialProbeTimeoutMillis' | 'ackFrequency' | 'ecn'>
  /** Makes another of the same length; null if there is none to be had. Default: random. */
  readonly newConnectionId?: () => Uint8Array | null
  /** Bytes of the largest datagram that is tried; the search begins at 1200. */
  readonly maxDatagramSize: number
  /** The socket by which the peer is reached. */
  readonly local: LocalSocket
  /** Whether observers may see the round trip; default true. RFC 9000 section 17.4. */
  readonly spinBit?: boolean
  /** Bytes to which the window of a stream grows that holds its sender back. By default none grows. */
  readonly maxStreamWindow?: number
  readonly keepAliveMillis: number
  readonly handshakeTimeoutMillis: number
  /** Packets after which the keys that sealed them are updated: see KEY_UPDATE_INTERVAL, the default. */
  readonly keyUpdateInterval?: number
  /** Which datagram gives way when too many wait. Default `drop-oldest`. */
  readonly datagramDropPolicy?: DatagramDropPolicy
  /** Application protocols that are offered or taken, for the log alone. */
  readonly alpn?: readonly string[]
  /** Shared by all connections of one thread. */
  readonly workbench: Workbench
  /** What `encodeCommonParameters` makes of `parameters`. Default: it is asked for each connection. */
  readonly declared?: Uint8Array
}

export interface ConnectionOptions {
  readonly shared: SharedOptions
  readonly side: Side
  /** What we declare of ourselves; the connection ids are added here. */
  readonly parameters: TransportParameters
  /** Makes the TLS session for the encoded transport parameters. */
  readonly tls: TlsFactory
  /** The version of the client's first packet. Default 1. */
  readonly version?: number
  /** Client: a token of the server's from an earlier connection in the same version. RFC 9000 section 8.1.3. */
  readonly token?: Uint8Array
  /** Server: the source id of the Retry packet to which the client's first packet is the answer; `originalDestination` is then the one before. */
  readonly retrySource?: Uint8Array | null
  /** Server: the client's address is known to be real. RFC 9000 section 8.1. */
  readonly addressValidated?: boolean
  /** Server: makes tokens for the client's next connections. Default: it gets none. RFC 9000 section 8.1.3. */
  readonly newToken?: TokenSource
  readonly controller: CongestionController
  /** Destination id of the client's first packet: of its own choice, 8 bytes at least. RFC 9000 section 7.2. */
  readonly originalDestination: Uint8Array
  /** The id under which the peer is to reach us. */
  readonly localConnectionId: Uint8Array
  /** On a server, the client's source id. */
  readonly remoteConnectionId: Uint8Array
  /** Where the peer is. */
  readonly remote: RemoteAddress
  /** Client: where to reach the server from now on, of the addresses that it would rather have used; null to stay. RFC 9000 section 9.6. */
  readonly preferredAddress?: ((offered: PreferredAddress) => RemoteAddress | null) | undefined
  /** Client: limits of the session that is resumed, with which 0-RTT is sent; null (the default) if it is not. RFC 9000 section 7.4.1. */
  readonly remembered?: TransportParameters | null
  /** Who keeps the connection's log; null, the default, is nobody. */
  readonly qlog?: QlogSink | null
}

/** A datagram that arrived. The memory is the connection's for the length of the call. */
export interface Arrival {
  readonly memory: PacketMemory
  readonly offset: number
  readonly length: number
  /** The two ECN bits of the IP header. */
  readonly ecn: number
  readonly from: RemoteAddress
  readonly local: LocalSocket
}

/** What recovery is made with. */
export function recoveryOptions({ side, controller, shared }: ConnectionOptions): RecoveryOptions {
  const { newController, recovery, random, workbench } = shared
  return {
    isServer: side === 'server',
    controller,
    newController,
    initialRttMillis: recovery?.initialRttMillis,
    initialProbeTimeoutMillis: recovery?.initialProbeTimeoutMillis,
    ackFrequency: recovery?.ackFrequency,
    ecn: recovery?.ecn,
    random: randomWords(random),
    pile: workbench.packets,
    batches: workbench.batches,
  }
}
