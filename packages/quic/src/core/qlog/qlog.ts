// What happens in one connection, as a sequence of JSON texts: packets with their frames where they are sealed and opened, everything else by looking at the
// parts after each datagram. Nobody has one unless somebody listens: a connection then pays a test for null. scripts/qvis makes of it what qvis reads.
// draft-ietf-quic-qlog-main-schema (QlogFileSeq), draft-ietf-quic-qlog-quic-events.
import { Reader } from '@millrace/bytes'
import type { Connection } from '../connection.ts'
import type { ConnectionOptions } from '../connection-options.ts'
import type { Level, SpaceName } from '../crypto/level.ts'
import { TransportViolation } from '../errors.ts'
import type { ConnectionEvent, EventQueue } from '../events.ts'
import type { Instant } from '../instant.ts'
import type { RemoteAddress } from '../paths/path-address.ts'
import type { Recovery } from '../recovery/recovery.ts'
import type { SentPacket } from '../recovery/sent-packet.ts'
import { decodeFrame } from '../wire/frames/index.ts'
import type { PacketType } from '../wire/packet-type.ts'
import type { TransportParameters } from '../wire/transport-parameters.ts'
import { qlogClose } from './close.ts'
import { hex, type QlogFrame, qlogFrame, unknownFrame } from './frames.ts'
import { KeyLog } from './keys.ts'
import { qlogParameters } from './parameters.ts'
import { RecoveryLog } from './recovery.ts'
import { eventSchemas } from './schemas.ts'
import type { QlogSink } from './sink.ts'
import { StreamLog } from './streams.ts'

const SPIN_BIT = 0x20
const KEY_PHASE_BIT = 0x04
/** By the two bits of the IP header. */
const ECN = ['Not-ECT', 'ECT(1)', 'ECT(0)', 'CE'] as const
/** ack_delay_exponent of Initial and Handshake packets. RFC 9000 section 18.2. */
const HANDSHAKE_DELAY_EXPONENT = 3

/** Why a packet was not taken. */
export type DropTrigger = 'unsupported' | 'invalid' | 'duplicate' | 'decryption_failure' | 'key_unavailable' | 'general'

/** What became of asking a path, in the words of `migration_state_updated`. */
const PROBING = { success: 'probing_successful', failure: 'probing_abandoned' } as const

const TYPES: Readonly<Record<PacketType, string>> = {
  initial: 'initial',
  '0rtt': '0RTT',
  handshake: 'handshake',
  '1rtt': '1RTT',
  retry: 'retry',
  versionNegotiation: 'version_negotiation',
  unknownVersion: 'unknown',
}

/** The log of a connection; null if nobody wants one. `now` tells the moment that is being served. */
export function qlogOf(connection: Connection, options: ConnectionOptions, events: EventQueue, now: () => Instant): Qlog | null {
  if (options.qlog == null) return null
  const qlog = new Qlog(connection, options.qlog, options, now)
  const happened = (event: ConnectionEvent): void => qlog.happened(event)
  events.observer = happened
  return qlog
}

export class Qlog {
  readonly sink: QlogSink
  readonly #connection: Connection
  readonly #name: string
  readonly #now: () => Instant
  readonly #startedAt: Instant
  readonly #recovery: RecoveryLog
  readonly #streams: StreamLog
  readonly #keys: KeyLog
  readonly #reader = new Reader(new Uint8Array(0))
  readonly #alpn: readonly string[]
  /** Events of the application's from before the log began. */
  #early: (readonly [name: string, data: object, at: Instant])[] = []
  /** When the last event happened. */
  #latest: Instant
  #begun = false
  #ended = false
  #state = 'attempted'

  constructor(connection: Connection, sink: QlogSink, { originalDestination, shared }: ConnectionOptions, now: () => Instant) {
    this.#connection = connection
    this.sink = sink
    this.#name = `${hex(originalDestination)}_${connection.side}`
    this.#now = now
    this.#startedAt = now()
    this.#latest = this.#startedAt
    this.#alpn = shared.alpn ?? []
    const tell = (name: string, data: object): void => this.#tell(name, data)
    this.#recovery = new RecoveryLog(connection.recovery, tell)
    this.#streams = new StreamLog(connection.streams, tell)
    this.#keys = new KeyLog(connection.spaces, connection.keyPhases, tell)
  }

  /** A datagram came; its packets follow. Of a connection that has not begun nothing is told: anyone can send such. */
  datagramReceived(length: number, ecn: number): void {
    if (this.#begun) this.#tell('udp_datagrams_received', datagrams(length, ecn))
  }

  /** A datagram has left, or with a length of 0 there is none to send: what has changed since the last time is told. */
  datagramSent(length: number, ecn: number): void {
    if (length > 0) this.#tell('udp_datagrams_sent', datagrams(length, ecn))
    this.#sample()
  }

  /** A packet is about to be sealed: `bytes` from `start` on have its header, from `payload` to `end` its frames, all in the clear. */
  packetSent(packet: SentPacket, name: SpaceName, bytes: Buffer, start: number, payload: number, end: number, size: number): void {
    const level = levelOf(name, bytes[start]!)
    const frames = this.#frames(level, bytes, payload, end, this.#connection.parameters)
    this.#tell('packet_sent', {
      header: header(level, packet.number, bytes, start),
      frames,
      raw: { length: size, payload_length: end - payload },
      ...(packet.probing && frames.every(isOfMtuProbe) && { is_mtu_probe_packet: true }),
    })
  }

  /** A packet was opened and is new. */
  packetReceived(number: number, level: Level, bytes: Buffer, start: number, payload: number, end: number, size: number): void {
    this.#tell('packet_received', {
      header: header(level, number, bytes, start),
      frames: this.#frames(level, bytes, payload, end, this.#connection.peerParameters),
      raw: { length: size, payload_length: end - payload },
    })
  }

  /** Of a connection that has not begun nothing is told: anyone can send such packets. */
  packetDropped(type: PacketType, length: number, trigger: DropTrigger): void {
    if (this.#begun) this.#tell('packet_dropped', { header: { packet_type: TYPES[type] }, raw: { length }, trigger })
  }

  packetLost(name: SpaceName, packet: SentPacket): void {
    const frames: QlogFrame[] = packet.frames.slice(0, packet.frameCount).map((frame) => qlogFrame(frame, 0))
    for (const { offset, length, fin } of packet.chunks) {
      frames.push({ frame_type: name === 'application' ? 'stream' : 'crypto', offset, fin, raw: { length, payload_length: length } })
    }
    for (let i = 0; i < packet.datagramCount; i++) frames.push({ frame_type: 'datagram' })
    this.#tell('packet_lost', {
      header: { packet_type: name === 'application' ? '1RTT' : name, packet_number: packet.number },
      frames,
      ...(this.#connection.path.mtu.isProbe(packet.number) && name === 'application' && { is_mtu_probe_packet: true }),
      ...lossTrigger(this.#connection.recovery, name, packet),
    })
  }

  parametersReceived(parameters: TransportParameters): void {
    this.#tell('parameters_set', { initiator: 'remote', ...qlogParameters(parameters) })
  }

  /** Something happened in the application protocol, whose namespace is in the name. Of a connection that has not begun it is told when it has. */
  application(name: string, data: object, now: Instant): void {
    if (this.#ended) return
    if (this.#begun) this.#record(name, data, now)
    else this.#early.push([name, data, now])
  }

  /** The connection has told its owner something. */
  happened(event: ConnectionEvent): void {
    switch (event.type) {
      case 'handshakeCompleted':
        this.#tell('alpn_information', { chosen_alpn: { string_value: event.alpn } })
        this.#tell('parameters_set', { initiator: 'local', ...handshakeParameters(event) })
        this.#become('handshake_complete')
        return
      case 'handshakeConfirmed':
        this.#become('handshake_confirmed')
        return
      case 'pathChanged':
        this.#tell('migration_state_updated', { new: 'migration_started', tuple_remote: place(event.remote) })
        return
      case 'pathValidation':
        this.#tell('migration_state_updated', { new: PROBING[event.result], tuple_remote: place(event.remote) })
        return
      case 'streamEnded':
        this.#streams.ended(event.stream)
        return
      case 'closed':
        this.#tell('connection_closed', qlogClose(event.reason))
        this.#become(this.#connection.closing.state === 'open' ? 'closed' : this.#connection.closing.state)
        return
      default:
        return
    }
  }

  #sample(): void {
    if (!this.#begun) return
    this.#keys.sample()
    this.#streams.sample()
    this.#recovery.sample(this.#now())
  }

  /** The connection is no more. */
  end(): void {
    if (this.#begun) this.#become('closed')
    this.#ended = true
    this.sink.end()
  }

  #frames(level: Level, bytes: Buffer, start: number, end: number, sender: TransportParameters | null): QlogFrame[] {
    const frames: QlogFrame[] = []
    const exponent = level === '1rtt' ? (sender?.ackDelayExponent ?? HANDSHAKE_DELAY_EXPONENT) : HANDSHAKE_DELAY_EXPONENT
    const reader = this.#reader.reset(bytes, start, end)
    while (reader.remaining > 0) {
      const type = bytes[reader.offset]!
      try {
        const frame = decodeFrame(reader, level)
        this.#streams.frame(frame)
        frames.push(qlogFrame(frame, exponent))
      } catch (error) {
        if (!(error instanceof TransportViolation)) throw error
        frames.push(unknownFrame(type))
        break
      }
    }
    return frames
  }

  #become(state: string): void {
    const old = this.#state
    if (state === old) return
    this.#state = state
    this.#tell('connection_state_updated', { old, new: state })
  }

  #tell(name: string, data: object): void {
    if (!this.#begun) this.#begin()
    this.#record(`quic:${name}`, data, this.#now())
  }

  /** An application acts between the moments that the connection serves: no event is told with a time before the last one's. */
  #record(name: string, data: object, at: Instant): void {
    this.#latest = Math.max(this.#latest, at)
    this.#write({ time: round(this.#latest - this.#startedAt), name, data })
  }

  #begin(): void {
    this.#begun = true
    const { side } = this.#connection
    this.sink.begin(this.#name)
    const wallClockTime = this.sink.wallClockTime?.()
    this.#write({
      file_schema: 'urn:ietf:params:qlog:file:sequential',
      serialization_format: 'application/qlog+json-seq',
      title: this.#name,
      trace: {
        common_fields: {
          group_id: this.#name.slice(0, this.#name.indexOf('_')),
          time_format: 'relative_to_epoch',
          reference_time: {
            clock_type: 'monotonic',
            epoch: 'unknown',
            ...(wallClockTime !== undefined && { wall_clock_time: wallClockTime }),
          },
        },
        vantage_point: { name: 'millrace', type: side },
        event_schemas: eventSchemas(this.#alpn),
      },
    })
    const remote = place(this.#connection.path.remote)
    const local = { connection_ids: [hex(this.#connection.localIds.first)] }
    this.#tell('connection_started', { local, remote })
    this.#tell('parameters_set', { initiator: 'local', ...qlogParameters(this.#connection.declared) })
    this.#recovery.begin()
    for (const [earlyName, data, at] of this.#early.splice(0)) this.#record(earlyName, data, at)
  }

  #write(record: object): void {
    this.sink.write(`\x1e${JSON.stringify(record)}\n`)
  }
}

/** Whether a packet that probes asks how large a datagram may be, and not whether somebody is there. */
function isOfMtuProbe({ frame_type: type }: QlogFrame): boolean {
  return type === 'ping' || type === 'immediate_ack' || type === 'padding'
}

/** What TLS agreed on; ciphers without the letters that all of them begin with. */
function handshakeParameters({ cipher, resumed, earlyData }: Extract<ConnectionEvent, { type: 'handshakeCompleted' }>): object {
  return { tls_cipher: cipher.replace(/^TLS_/, ''), resumption_allowed: resumed, early_data_enabled: earlyData !== 'none' }
}

/** TupleEndpointInfo. */
function place({ address, port, family }: RemoteAddress): object {
  return family === 4 ? { ip_v4: address, port_v4: port } : { ip_v6: address, port_v6: port }
}

/** draft-ietf-quic-qlog-quic-events, `udp_datagrams_sent`. */
function datagrams(length: number, ecn: number): object {
  return { count: 1, raw: [{ length }], ecn: [ECN[ecn]] }
}

function levelOf(name: SpaceName, first: number): Level {
  if (name !== 'application') return name
  return (first & 0x80) === 0 ? '1rtt' : '0rtt'
}

/** Which threshold the packet crossed; none if it was given up for another reason, as 0-RTT that was refused. RFC 9002 section 6.1. */
function lossTrigger(recovery: Recovery, name: SpaceName, { number }: SentPacket): object {
  const largest = recovery.largestAcknowledged(name)
  if (largest < number) return {}
  return { trigger: number + recovery.packetThreshold <= largest ? 'reordering_threshold' : 'time_threshold' }
}

/** RFC 9000 sections 17.2 and 17.3; the packet number has been decoded. */
function header(level: Level, number: number, bytes: Buffer, start: number): QlogFrame {
  const common = { packet_type: TYPES[level], packet_number: number }
  const first = bytes[start]!
  if (level === '1rtt') return { ...common, spin_bit: (first & SPIN_BIT) !== 0, key_phase_bit: (first & KEY_PHASE_BIT) !== 0 }
  const dcil = bytes[start + 5]!
  const scidAt = start + 7 + dcil
  const scil = bytes[scidAt - 1]!
  return {
    ...common,
    version: bytes.toString('hex', start + 1, start + 5),
    dcil,
    dcid: bytes.toString('hex', start + 6, start + 6 + dcil),
    scil,
    scid: bytes.toString('hex', scidAt, scidAt + scil),
  }
}

/** To a microsecond. */
function round(millis: number): number {
  return Math.round(millis * 1000) / 1000
}
