// What users may set, checked with messages that name the option and its range.

import { Buffer } from 'node:buffer'
import { availableParallelism } from 'node:os'
import type { DatagramChannel } from '@millrace/native'
import type { CongestionControllerFactory } from '../core/congestion/controller.ts'
import type { DatagramDropPolicy } from '../core/datagrams.ts'
import { ACTIVE_CONNECTION_ID_LIMIT, KEY_UPDATE_INTERVAL, MAX_UDP_PAYLOAD } from '../core/limits.ts'
import type { TransportParameters } from '../core/wire/transport-parameters.ts'
import type { EndpointPolicy } from '../endpoint/policy.ts'
import { type CongestionOptions, checkCongestion } from './congestion.ts'
import { checkDropPolicy } from './datagrams.ts'
import type { QuicEndpoint } from './endpoint.ts'
import { flag, number, type Range, wrong } from './option-checks.ts'
import { checkEndpointShapes, checkShapes } from './option-shapes.ts'
import { checkCarefulResume, type PathMemory } from './path-memory.ts'
import { checkPolicyOptions, type PolicyOptions } from './policy-options.ts'
import { checkPreferredAddress, type PreferredAddressOptions, type PreferredPlace } from './preferred-address.ts'
import type { ResumptionOptions } from './resumption.ts'
import { splitAddress } from './split-address.ts'
import { type CheckedVersions, checkVersionOptions, type VersionOptions } from './version-options.ts'

/** PEM text, or DER bytes. */
export type Encoded = string | Uint8Array

/** A certificate and its key. */
export interface Identity {
  /** The private key. */
  readonly keys: Encoded
  /** The certificate, and the chain behind it. */
  readonly certs: Encoded | readonly Encoded[]
}

/** Options of an endpoint: its socket, and what it does for peers that it does not know. */
export interface EndpointOptions extends PolicyOptions {
  /** `host:port` to bind to, an address of this machine. Port 0 takes any. Default `0.0.0.0:0`. */
  readonly address?: string
  /**
   * `batched` sends and receives many datagrams a call (Linux); `portable` is `node:dgram`. Default `auto`: batched where it can be, and portable everywhere
   * if the environment has MILLRACE_UDP=dgram.
   */
  readonly udp?: 'auto' | 'batched' | 'portable'
  /** Bytes asked of the kernel. Default 4 MiB. */
  readonly udpReceiveBufferSize?: number
  /** Bytes asked of the kernel. Default 4 MiB. */
  readonly udpSendBufferSize?: number
  /**
   * Microseconds for which the thread goes on asking for datagrams after the last one came or went, in place of sleeping until the kernel wakes it: 0 to 1000000.
   * An answer that comes within that time is taken in 20 to 40 us sooner, and the processor is busy meanwhile: for machines that have one to spare, and peers that answer faster than this.
   * Default: none, but for up to 1000 us while a client's handshake waits for a server, if the answer before came within those and nothing else wants the processor; 0 sleeps then as well.
   */
  readonly busyPoll?: number
  /**
   * Carries the datagrams in place of a socket, all to one peer: a tunnel of `connectUdp` in @millrace/http3. It is closed with the endpoint, whose `address`,
   * `udp` and buffer sizes then mean nothing; datagrams have 1200 bytes at most. Default: none. RFC 9298.
   */
  readonly channel?: DatagramChannel
}

/** Limits that we declare in the handshake. RFC 9000 section 18.2. Bytes and counts unless it says otherwise. */
export interface TransportParams {
  /** Over all streams. Default 16 MiB. */
  readonly initialMaxData?: number
  /** Default 1 MiB, as for the two that follow. One that is given stays as it is, unless `maxStreamWindow` is given as well. */
  readonly initialMaxStreamDataBidiLocal?: number
  /** The same for streams that the peer opens in both directions. */
  readonly initialMaxStreamDataBidiRemote?: number
  /** The same for streams that the peer opens in one direction. */
  readonly initialMaxStreamDataUni?: number
  /** Streams that the peer may have open at once: 0 to 65536, default 128. */
  readonly initialMaxStreamsBidi?: number
  /** The same for streams in one direction. */
  readonly initialMaxStreamsUni?: number
  /** Milliseconds of silence after which the connection ends; 0 never. Default 30000. */
  readonly maxIdleTimeout?: number
  /** Milliseconds, 0 to 16383. Default 25. */
  readonly maxAckDelay?: number
  /** Bytes of the largest datagram that the peer may send us: 1200 to 2048, the default. See `maxDatagramSize` for what we send. */
  readonly maxUdpPayloadSize?: number
  /** Server: asks clients not to move on purpose, for instance behind a load balancer. Default false. RFC 9000 section 18.2. */
  readonly disableActiveMigration?: boolean
  /**
   * Whether the peer may reset streams in a way that delivers their beginning all the same, with RESET_STREAM_AT. Default true. To do so ourselves takes the peer's
   * word, not this: see `session.reliableReset`. draft-ietf-quic-reliable-stream-reset section 3.
   */
  readonly resetStreamAt?: boolean
  /**
   * Bytes of the largest DATAGRAM frame that we take, its type and length included: 0, which is none, to 65535, the default: whatever fits a packet.
   * RFC 9221 section 3.
   */
  readonly maxDatagramFrameSize?: number
}

/** Options of a session, or of all sessions that a server takes in. */
export interface SessionOptions extends CongestionOptions, VersionOptions, ResumptionOptions {
  /** An endpoint to share, or how to open one. */
  readonly endpoint?: QuicEndpoint | EndpointOptions
  /** Application protocols, the preferred one first. Required. */
  readonly alpn?: string | readonly string[]
  /** Client: the name that the server's certificate must bear. Default: the host that was connected to. */
  readonly servername?: string
  /** Server: its certificates by host name; `*` serves every other name. */
  readonly sni?: Readonly<Record<string, Identity>>
  /** Client: certificate authorities to trust. Default: those that Node trusts. Server, with `verifyClient`: those who sign its clients' certificates; no default. */
  readonly ca?: Encoded | readonly Encoded[]
  /** Client: the certificate that it presents when the server asks for one, and the chain behind it. Default: none. RFC 8446 section 4.4.2. */
  readonly certs?: Encoded | readonly Encoded[]
  /** Client: the private key of `certs`. */
  readonly keys?: Encoded
  /**
   * Server: whether clients must present a certificate that an authority in `ca` signed; `optional` lets in those that present none, and `any` all, also those whose
   * certificate does not hold: then `session.peerCertificateError` has the reason, and whoever goes by `session.peerCertificate` must look there first. A client that is
   * refused learns it after its own handshake is done: its session opens, and closes with ERR_QUIC_CERTIFICATE. Nothing that it sent is read; but what
   * the server sends before `session.opened` goes out to anyone. Default false. See also `session.peerCertificate`. RFC 8446 section 4.3.2.
   */
  readonly verifyClient?: boolean | 'optional' | 'any'
  /** Client: whether certificate chain and name must hold. Default true. */
  readonly rejectUnauthorized?: boolean
  /** TLS 1.3 cipher suites by OpenSSL's names, joined by colons, the preferred first. Default: AES-128-GCM, AES-256-GCM, ChaCha20-Poly1305. */
  readonly ciphers?: string
  /** Groups for the key exchange by OpenSSL's names, joined by colons. Default: OpenSSL's list, X25519MLKEM768 first. */
  readonly groups?: string
  /** Whether `session.onkeylog` hears the secrets. SSLKEYLOGFILE is honoured in any case. Default false. */
  readonly keylog?: boolean
  /** Server: whether each session keeps what `session.exportKeyingMaterial()` needs, some 20 KB. Clients keep it in any case. Default false. RFC 8446 section 7.5. */
  readonly exporter?: boolean
  /** Milliseconds, 1 to 600000. Default 10000. */
  readonly handshakeTimeout?: number
  /** Milliseconds between packets that keep an idle connection alive; 0, the default, is off. */
  readonly keepAlive?: number
  /**
   * Bytes to which the window of a stream grows, doubled each time that it holds its sender back: when half of it is used up within two round trips, or, up to 4 MiB, when
   * the peer says that it has used it up and the reader has kept up. 0 to 2^40, default 16 MiB; no stream goes beyond `initialMaxData`. RFC 9000 section 4.2 leaves that to each.
   */
  readonly maxStreamWindow?: number
  /**
   * Bytes of the largest datagram that is tried, 1200 to 2048; what the path carries is found out, from 1200 on (RFC 9000 section 14.3). Default 1452:
   * an Ethernet frame over IPv6. 1200 switches the search off. The portable socket, which cannot forbid that routers take datagrams apart, stays at 1200.
   */
  readonly maxDatagramSize?: number
  /**
   * Milliseconds that a round trip is taken to last until it is measured, 1 to 60000. The first probe timeout is three times as long. Default 333:
   * a lost first packet is sent again after one second. Lower ones connect sooner on lossy paths, at the price of spurious
   * retransmissions where the round trip is longer. RFC 9002 section 6.2.2.
   */
  readonly initialRtt?: number
  /** Milliseconds of the first probe timeout, 1 to 60000, if it shall not follow from `initialRtt`. Default three times that. RFC 9002 section 6.2.1. */
  readonly initialProbeTimeout?: number
  /**
   * Packets sent after which the keys that protect them are changed for new ones: 1 to 4194304 (the default), which is half of what the AEADs
   * permit. See also `session.updateKey()`. RFC 9001 sections 6 and 6.6.
   */
  readonly keyUpdateInterval?: number
  /**
   * Whether to ask a peer that takes part to acknowledge four times a round trip rather than every second packet. Default false. We ourselves do as
   * peers ask in any case. draft-ietf-quic-ack-frequency.
   */
  readonly ackFrequency?: boolean
  /** Server: where clients are asked to go once the handshake is confirmed. Default: nowhere. RFC 9000 section 9.6. */
  readonly preferredAddress?: PreferredAddressOptions
  /**
   * Whether packets are sent as ones that routers may mark instead of dropping them when a queue grows (ECT(0)); the marks slow us down as losses do.
   * Each path is tested for it first: see `stats.ecn`. Default true. It needs the batched socket, and a controller that heeds marks, as all but BBR do.
   * Marks that arrive are reported to the peer in any case. RFC 9000 section 13.4, RFC 3168.
   */
  readonly ecn?: boolean
  /** Client: whether to move to the address that the server would rather be reached at. Default `use`. RFC 9000 section 9.6. */
  readonly preferredAddressPolicy?: 'use' | 'ignore'
  /** Whether observers on the way may measure the round trip; one path in 16 hides it all the same. Default true. RFC 9000 section 17.4. */
  readonly spinBit?: boolean
  /**
   * Which datagram gives way when `session.maxPendingDatagrams` wait already: `drop-oldest` (the default) or `drop-newest`. It is reported as
   * abandoned to `session.ondatagramstatus`.
   */
  readonly datagramDropPolicy?: DatagramDropPolicy
  /**
   * Whether `session.onqlog` hears what happens in the session, as a JSON text sequence of qlog. Default false. Where the environment names a directory by
   * QLOGDIR, when a server begins to listen or a client connects (of those that share an endpoint and their options, the first), each session writes a file
   * there in any case. draft-ietf-quic-qlog-main-schema.
   */
  readonly qlog?: boolean
  /**
   * Whether to begin with half of the congestion window that the path to the same address carried within the last hour, once a first round trip has shown that
   * it is that path (RFC 9959). True keeps what is learnt with the endpoint; a `PathMemory` of your own lets several share it. For `cubic`,
   * `newreno`, and controllers of your own that have `continueAt`. Default false.
   */
  readonly carefulResume?: boolean | PathMemory
  /** Transport parameters that are not options of their own. RFC 9000 section 18.2. */
  readonly transportParams?: TransportParams
  /**
   * Gives up connecting, or listening, which then rejects with the signal's reason; later it ends the session at once, with code 1, and a listener's endpoint
   * with all its sessions. Default: none.
   */
  readonly signal?: AbortSignal
}

const MIB = 1024 * 1024
const WINDOW: Range = { least: 0, most: 2 ** 40, default: MIB }
/** More streams at once than this serve nobody and cost memory. */
const STREAMS: Range = { least: 0, most: 65_536, default: 128 }

type FlagParam = 'disableActiveMigration' | 'resetStreamAt'
type NumericParam = Exclude<keyof TransportParams, FlagParam>

/** Transport parameters that are there or not, and whether they are by default. */
const TRANSPORT_FLAGS: Readonly<Record<FlagParam, boolean>> = { disableActiveMigration: false, resetStreamAt: true }

const STREAM_WINDOWS = ['initialMaxStreamDataBidiLocal', 'initialMaxStreamDataBidiRemote', 'initialMaxStreamDataUni'] as const

const TRANSPORT_RANGES: Readonly<Record<NumericParam, Range>> = {
  initialMaxData: { ...WINDOW, default: 16 * MIB },
  initialMaxStreamDataBidiLocal: WINDOW,
  initialMaxStreamDataBidiRemote: WINDOW,
  initialMaxStreamDataUni: WINDOW,
  initialMaxStreamsBidi: STREAMS,
  initialMaxStreamsUni: STREAMS,
  maxIdleTimeout: { least: 0, most: 2 ** 31 - 1, default: 30_000 },
  maxAckDelay: { least: 0, most: 16_383, default: 25 },
  maxUdpPayloadSize: { least: 1200, most: MAX_UDP_PAYLOAD, default: MAX_UDP_PAYLOAD },
  maxDatagramFrameSize: { least: 0, most: 65_535, default: 65_535 },
}

const SESSION_RANGES = {
  handshakeTimeout: { least: 1, most: 600_000, default: 10_000 },
  keepAlive: { least: 0, most: 2 ** 31 - 1, default: 0 },
  maxStreamWindow: { least: 0, most: 2 ** 40, default: 16 * MIB },
  maxDatagramSize: { least: 1200, most: MAX_UDP_PAYLOAD, default: 1452 },
  initialRtt: { least: 1, most: 60_000, default: 333 },
  initialWindow: { least: 2, most: 100, default: 10 },
  keyUpdateInterval: { least: 1, most: KEY_UPDATE_INTERVAL, default: KEY_UPDATE_INTERVAL },
} as const satisfies Record<string, Range>

/** Microseconds; longer than a second nobody waits for the next datagram. */
const BUSY_POLL: Range = { least: 0, most: 1_000_000, default: 0 }
/** Who polls on the only one keeps a peer on the same machine from answering. */
const PROCESSORS: number = availableParallelism()
const BUFFER: Range = { least: 0, most: 2 ** 30, default: 4 * MIB }

/** Session options, checked and completed. @internal */
export interface CheckedOptions extends CheckedVersions {
  readonly alpn: readonly string[]
  readonly handshakeTimeout: number
  readonly keepAlive: number
  readonly maxStreamWindow: number
  readonly maxDatagramSize: number
  readonly recovery: { readonly initialRttMillis: number; readonly initialProbeTimeoutMillis: number; readonly ackFrequency: boolean }
  readonly ecn: boolean
  readonly congestion: CongestionControllerFactory
  readonly keyUpdateInterval: number
  readonly exporter: boolean
  readonly datagramDropPolicy: DatagramDropPolicy
  readonly parameters: TransportParameters
  readonly preferredAddress: readonly PreferredPlace[]
}

/** @internal */
export function checkSessionOptions(options: SessionOptions): CheckedOptions {
  checkShapes(options)
  const alpn = typeof options.alpn === 'string' ? [options.alpn] : (options.alpn ?? [])
  if (alpn.length === 0) throw wrong('alpn', 'is missing: name the application protocol, for instance "my-protocol/1"')
  for (const name of alpn) {
    const length = typeof name === 'string' ? Buffer.byteLength(name) : 0
    if (length < 1 || length > 255) throw wrong('alpn', `has ${JSON.stringify(name)}; a name is 1 to 255 bytes long`)
  }
  const policy = options.preferredAddressPolicy ?? 'use'
  if (policy !== 'use' && policy !== 'ignore')
    throw wrong('preferredAddressPolicy', `is ${JSON.stringify(policy)}; it may be "use" or "ignore"`)
  checkCarefulResume(options)
  const given = options.transportParams ?? {}
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(TRANSPORT_RANGES, name) && !Object.hasOwn(TRANSPORT_FLAGS, name))
      throw wrong(`transportParams.${name}`, `is unknown; there are ${Object.keys({ ...TRANSPORT_RANGES, ...TRANSPORT_FLAGS }).join(', ')}`)
  }
  const declared = (name: FlagParam): boolean => flag(`transportParams.${name}`, given[name], TRANSPORT_FLAGS[name])
  const parameter = (name: NumericParam): number => number(`transportParams.${name}`, given[name], TRANSPORT_RANGES[name])
  const initialRtt = number('initialRtt', options.initialRtt, SESSION_RANGES.initialRtt)
  return {
    ...checkVersionOptions(options),
    alpn,
    recovery: {
      initialRttMillis: initialRtt,
      initialProbeTimeoutMillis: number('initialProbeTimeout', options.initialProbeTimeout, {
        ...SESSION_RANGES.initialRtt,
        default: 3 * initialRtt,
      }),
      ackFrequency: options.ackFrequency ?? false,
    },
    ecn: flag('ecn', options.ecn, true),
    congestion: checkCongestion(options, number('initialWindow', options.initialWindow, SESSION_RANGES.initialWindow)),
    handshakeTimeout: number('handshakeTimeout', options.handshakeTimeout, SESSION_RANGES.handshakeTimeout),
    keepAlive: number('keepAlive', options.keepAlive, SESSION_RANGES.keepAlive),
    maxStreamWindow: number('maxStreamWindow', options.maxStreamWindow, {
      ...SESSION_RANGES.maxStreamWindow,
      // Who says how large a window is to be has a reason.
      ...(STREAM_WINDOWS.some((name) => given[name] !== undefined) && { default: 0 }),
    }),
    maxDatagramSize: number('maxDatagramSize', options.maxDatagramSize, SESSION_RANGES.maxDatagramSize),
    keyUpdateInterval: number('keyUpdateInterval', options.keyUpdateInterval, SESSION_RANGES.keyUpdateInterval),
    exporter: flag('exporter', options.exporter, false),
    datagramDropPolicy: checkDropPolicy(options.datagramDropPolicy),
    preferredAddress: checkPreferredAddress(options.preferredAddress),
    parameters: {
      maxUdpPayloadSize: parameter('maxUdpPayloadSize'),
      ackDelayExponent: 3,
      greaseQuicBit: true,
      disableActiveMigration: declared('disableActiveMigration'),
      activeConnectionIdLimit: ACTIVE_CONNECTION_ID_LIMIT,
      initialMaxData: parameter('initialMaxData'),
      initialMaxStreamDataBidiLocal: parameter('initialMaxStreamDataBidiLocal'),
      initialMaxStreamDataBidiRemote: parameter('initialMaxStreamDataBidiRemote'),
      initialMaxStreamDataUni: parameter('initialMaxStreamDataUni'),
      initialMaxStreamsBidi: parameter('initialMaxStreamsBidi'),
      initialMaxStreamsUni: parameter('initialMaxStreamsUni'),
      maxIdleTimeout: parameter('maxIdleTimeout'),
      maxAckDelay: parameter('maxAckDelay'),
      // As long as a timer takes. draft-ietf-quic-ack-frequency section 3.
      ...(parameter('maxAckDelay') >= 1 && { minAckDelay: 1000 }),
      maxDatagramFrameSize: parameter('maxDatagramFrameSize'),
      resetStreamAt: declared('resetStreamAt'),
    },
  }
}

/** @internal */
export interface CheckedEndpoint {
  readonly host: string
  readonly port: number
  readonly kind: 'auto' | 'batched' | 'portable'
  readonly channel: DatagramChannel | undefined
  readonly receiveBufferSize: number
  readonly sendBufferSize: number
  readonly policy: EndpointPolicy
}

/** @internal */
export function checkEndpointOptions(options: EndpointOptions): CheckedEndpoint {
  checkEndpointShapes(options)
  const kind = options.udp ?? 'auto'
  if (!['auto', 'batched', 'portable'].includes(kind))
    throw wrong('endpoint.udp', `is ${JSON.stringify(kind)}; it may be auto, batched or portable`)
  return {
    ...splitAddress('endpoint.address', options.address ?? '0.0.0.0:0', 0),
    kind,
    channel: checkChannel(options.channel),
    receiveBufferSize: number('endpoint.udpReceiveBufferSize', options.udpReceiveBufferSize, BUFFER),
    sendBufferSize: number('endpoint.udpSendBufferSize', options.udpSendBufferSize, BUFFER),
    policy: {
      ...checkPolicyOptions(options),
      busyPollMillis: number('endpoint.busyPoll', options.busyPoll, BUSY_POLL) / 1000,
      pollsForHandshakes: options.busyPoll === undefined && PROCESSORS > 1,
    },
  }
}

function checkChannel(channel: DatagramChannel | undefined): DatagramChannel | undefined {
  if (channel === undefined || (typeof channel?.send === 'function' && channel.closed instanceof Promise)) return channel
  throw wrong('endpoint.channel', 'is no channel: it needs send, close, closed and onmessage')
}
