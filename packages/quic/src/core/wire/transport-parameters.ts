// Transport parameters: the table, and the codec that is driven by it. RFC 9000 sections 7.4 and 18.
import { Buffer } from 'node:buffer'
import { BytesError, copyOf, Reader, varintSize, Writer } from '@millrace/bytes'
import { TransportViolation } from '../errors.ts'
import {
  BadValue,
  connectionId,
  flag,
  integer,
  type PreferredAddress,
  preferredAddress,
  statelessResetToken,
  type ValueCodec,
  type VersionInformation,
  versionInformation,
} from './transport-parameter-values.ts'

export type { AddressAndPort, PreferredAddress, VersionInformation } from './transport-parameter-values.ts'

/** What an endpoint declares of itself in the handshake. Limits saturate at 2^53 - 1. */
export interface TransportParameters {
  /** The destination id of the client's first Initial. Server only. */
  originalDestinationConnectionId?: Uint8Array
  /** Milliseconds; 0, the default, is none. */
  maxIdleTimeout: number
  /** 16 bytes. Server only. */
  statelessResetToken?: Uint8Array
  /** Bytes of UDP payload that it is willing to receive: at least 1200, by default 65527. */
  maxUdpPayloadSize: number
  /** Bytes that the peer may send over all streams. Default 0, as for the three that follow. */
  initialMaxData: number
  /** Bytes that the peer may send on a bidirectional stream that the endpoint itself opens. */
  initialMaxStreamDataBidiLocal: number
  /** Bytes that the peer may send on a bidirectional stream that the peer opens. */
  initialMaxStreamDataBidiRemote: number
  /** Bytes that the peer may send on a unidirectional stream. */
  initialMaxStreamDataUni: number
  /** Bidirectional streams that the peer may open: 0, the default, to 2^60. */
  initialMaxStreamsBidi: number
  /** Unidirectional streams that the peer may open: 0, the default, to 2^60. */
  initialMaxStreamsUni: number
  /** Its ACK delays are in units of 2^this microseconds: 0 to 20, by default 3. */
  ackDelayExponent: number
  /** Milliseconds by which it may put off an acknowledgement: 0 to 16383, by default 25. */
  maxAckDelay: number
  /** Microseconds: the least by which it can be asked to put off an acknowledgement; absent if it cannot be asked. draft-ietf-quic-ack-frequency. */
  minAckDelay?: number
  disableActiveMigration: boolean
  /** Server only. */
  preferredAddress?: PreferredAddress
  /** Connection ids of the peer's that it stores: at least 2, the default. */
  activeConnectionIdLimit: number
  /** The source id of its first Initial. */
  initialSourceConnectionId?: Uint8Array
  /** The source id of the Retry packet, if there was one. Server only. */
  retrySourceConnectionId?: Uint8Array
  /** The version in use and those that would do as well. RFC 9368 section 3. */
  versionInformation?: VersionInformation
  /** Bytes of the largest DATAGRAM frame that it takes, type and length included; 0, the default, is none. RFC 9221 section 3. */
  maxDatagramFrameSize: number
  /** It takes RESET_STREAM_AT. draft-ietf-quic-reliable-stream-reset section 3. */
  resetStreamAt: boolean
  /** Packets to it need not have the bit set that all packets have. RFC 9287. */
  greaseQuicBit: boolean
}

export type Side = 'client' | 'server'

/** Parameters to be sent; what is undefined is not. */
export type OfferedParameters = { readonly [K in keyof TransportParameters]?: TransportParameters[K] | undefined }

/** A parameter that nobody will ever define: sent to keep peers used to what they do not know. RFC 9000 section 18.1. */
export interface ReservedParameter {
  readonly id: number
  readonly value: Uint8Array
}

/** `random` has any bytes, 2 or more: two choose the identifier, the others are the value. */
export function reservedParameter(random: Uint8Array): ReservedParameter {
  return { id: 31 * (random[0]! * 256 + random[1]!) + 27, value: copyOf(random, 2, random.length - 2) }
}

export interface TransportParameter<T> {
  /** The RFC's name. */
  readonly name: string
  readonly id: number
  readonly codec: ValueCodec<T>
  /** What an absent parameter means; undefined where it means nothing. */
  readonly default: T | undefined
  readonly sender: 'either' | 'server'
  /** Whether a client that resumes applies the remembered value to its 0-RTT packets. RFC 9000 section 7.4.1. */
  readonly remembered: boolean
}

type Key = keyof TransportParameters

const LIMIT: ValueCodec<number> = integer(0n)
const STREAMS: ValueCodec<number> = integer(0n, 1n << 60n)

/** What absent parameters mean. A literal: V8 makes a dictionary of an object that gets more than a dozen properties by their keys, and of all copies of it. */
const DEFAULTS = {
  maxIdleTimeout: 0,
  maxUdpPayloadSize: 65527,
  initialMaxData: 0,
  initialMaxStreamDataBidiLocal: 0,
  initialMaxStreamDataBidiRemote: 0,
  initialMaxStreamDataUni: 0,
  initialMaxStreamsBidi: 0,
  initialMaxStreamsUni: 0,
  ackDelayExponent: 3,
  maxAckDelay: 25,
  disableActiveMigration: false,
  activeConnectionIdLimit: 2,
  resetStreamAt: false,
  maxDatagramFrameSize: 0,
  greaseQuicBit: false,
} satisfies Partial<TransportParameters>

/** Every transport parameter of RFC 9000 section 18.2, and those of extensions. */
export const TRANSPORT_PARAMETERS: { readonly [K in Key]-?: TransportParameter<NonNullable<TransportParameters[K]>> } = {
  originalDestinationConnectionId: parameter('original_destination_connection_id', 0x00, connectionId, undefined, 'server', false),
  maxIdleTimeout: parameter('max_idle_timeout', 0x01, LIMIT, DEFAULTS.maxIdleTimeout, 'either', true),
  statelessResetToken: parameter('stateless_reset_token', 0x02, statelessResetToken, undefined, 'server', false),
  maxUdpPayloadSize: parameter('max_udp_payload_size', 0x03, integer(1200n), DEFAULTS.maxUdpPayloadSize, 'either', true),
  initialMaxData: parameter('initial_max_data', 0x04, LIMIT, DEFAULTS.initialMaxData, 'either', true),
  initialMaxStreamDataBidiLocal: parameter(
    'initial_max_stream_data_bidi_local',
    0x05,
    LIMIT,
    DEFAULTS.initialMaxStreamDataBidiLocal,
    'either',
    true,
  ),
  initialMaxStreamDataBidiRemote: parameter(
    'initial_max_stream_data_bidi_remote',
    0x06,
    LIMIT,
    DEFAULTS.initialMaxStreamDataBidiRemote,
    'either',
    true,
  ),
  initialMaxStreamDataUni: parameter('initial_max_stream_data_uni', 0x07, LIMIT, DEFAULTS.initialMaxStreamDataUni, 'either', true),
  initialMaxStreamsBidi: parameter('initial_max_streams_bidi', 0x08, STREAMS, DEFAULTS.initialMaxStreamsBidi, 'either', true),
  initialMaxStreamsUni: parameter('initial_max_streams_uni', 0x09, STREAMS, DEFAULTS.initialMaxStreamsUni, 'either', true),
  ackDelayExponent: parameter('ack_delay_exponent', 0x0a, integer(0n, 20n), DEFAULTS.ackDelayExponent, 'either', false),
  maxAckDelay: parameter('max_ack_delay', 0x0b, integer(0n, (1n << 14n) - 1n), DEFAULTS.maxAckDelay, 'either', false),
  disableActiveMigration: parameter('disable_active_migration', 0x0c, flag, DEFAULTS.disableActiveMigration, 'either', true),
  preferredAddress: parameter('preferred_address', 0x0d, preferredAddress, undefined, 'server', false),
  activeConnectionIdLimit: parameter('active_connection_id_limit', 0x0e, integer(2n), DEFAULTS.activeConnectionIdLimit, 'either', true),
  initialSourceConnectionId: parameter('initial_source_connection_id', 0x0f, connectionId, undefined, 'either', false),
  retrySourceConnectionId: parameter('retry_source_connection_id', 0x10, connectionId, undefined, 'server', false),
  versionInformation: parameter('version_information', 0x11, versionInformation, undefined, 'either', false),
  resetStreamAt: parameter('reset_stream_at', 0x1d, flag, DEFAULTS.resetStreamAt, 'either', true),
  maxDatagramFrameSize: parameter('max_datagram_frame_size', 0x20, LIMIT, DEFAULTS.maxDatagramFrameSize, 'either', true),
  greaseQuicBit: parameter('grease_quic_bit', 0x2ab2, flag, DEFAULTS.greaseQuicBit, 'either', false),
  minAckDelay: parameter('min_ack_delay', 0xff04de1b, integer(0n, (1n << 24n) - 1n), undefined, 'either', false),
}

export interface EncodeOptions {
  /** Which parameters; all by default. See `parameterRows`. */
  readonly rows?: readonly ParameterRow[]
  /** A parameter without a meaning to go with them; see `reservedParameter`. */
  readonly reserved?: ReservedParameter | null
  /** Others that are encoded already. */
  readonly before?: Uint8Array
}

/**
 * The bytes for the TLS extension. What has its default value is left out. Throws RangeError for values that the RFC does not permit, and for
 * parameters that `side` may not send.
 */
export function encodeTransportParameters(
  parameters: OfferedParameters,
  side: Side,
  { rows = ROWS, reserved = null, before = NOTHING }: EncodeOptions = {},
): Uint8Array {
  let total = before.length + (reserved === null ? 0 : sizeOf(reserved.id, reserved.value.length))
  // By index, and rows without pairs: each connection comes by here, and what else there is to walk a table by makes an object for each step.
  for (let i = 0; i < rows.length; i++) {
    const { key, row } = rows[i]!
    const value = parameters[key]
    if (value === undefined || value === row.default) continue
    if (row.sender === 'server' && side === 'client') throw new RangeError(`${row.name} is not for clients to send`)
    checkValue(value, row)
    total += sizeOf(row.id, row.codec.size(value))
  }
  const writer = new Writer(Buffer.allocUnsafe(total))
  writer.bytes(before)
  for (let i = 0; i < rows.length; i++) {
    const { key, row } = rows[i]!
    const value = parameters[key]
    if (value === undefined || value === row.default) continue
    writer.varint(row.id)
    writer.varint(row.codec.size(value))
    row.codec.encode(value, writer)
  }
  if (reserved !== null) {
    writer.varint(reserved.id)
    writer.varint(reserved.value.length)
    writer.bytes(reserved.value)
  }
  return writer.target
}

/** The rows of some parameters, in the order of the table. */
export function parameterRows(which: readonly Key[] | ((key: Key, row: TransportParameter<unknown>) => boolean)): readonly ParameterRow[] {
  return ROWS.filter(({ key, row }) => (typeof which === 'function' ? which(key, row) : which.includes(key)))
}

/**
 * Reads what the peer sent and fills in the defaults. Parameters that nobody here knows are passed over. Throws TransportViolation, and nothing
 * else, with TRANSPORT_PARAMETER_ERROR. That the connection ids are the right ones, and are there, is for the handshake to check (section 7.3).
 */
export function decodeTransportParameters(encoded: Uint8Array, sender: Side): TransportParameters {
  const parameters: Record<string, unknown> = { ...DEFAULTS }
  try {
    readAll(new Reader(encoded), sender, parameters)
  } catch (error) {
    throw error instanceof BytesError ? cutShort(error) : error
  }
  const decoded = parameters as unknown as TransportParameters
  // A peer without connection ids cannot be told apart at another address. Section 18.2.
  if (decoded.preferredAddress !== undefined && decoded.initialSourceConnectionId?.length === 0) {
    throw violation('preferred_address from a server that has no connection ids')
  }
  // draft-ietf-quic-ack-frequency section 3.
  if (decoded.minAckDelay !== undefined && decoded.minAckDelay > decoded.maxAckDelay * 1000) {
    throw violation('min_ack_delay is greater than max_ack_delay')
  }
  // RFC 9368 section 4.
  const versions = decoded.versionInformation
  if (sender === 'client' && versions !== undefined && !versions.available.includes(versions.chosen)) {
    throw violation('version_information chooses a version that it does not list')
  }
  return decoded
}

/**
 * One parameter, read past the others; undefined where it is absent. Throws TransportViolation for one that is malformed, and where the way to it is: what else is
 * wrong, `decodeTransportParameters` says. A server needs the versions before it can answer, and the rest once it has (RFC 9368 section 2.3).
 */
export function findTransportParameter<K extends Key>(encoded: Uint8Array, key: K, sender: Side): TransportParameters[K] | undefined {
  const row = TRANSPORT_PARAMETERS[key] as TransportParameter<unknown>
  const reader = new Reader(encoded)
  try {
    while (reader.remaining > 0) {
      const id = reader.varint()
      const length = reader.varint()
      if (id === row.id) return readValue(valueReader(reader, length), row, sender) as TransportParameters[K]
      reader.skip(length)
    }
  } catch (error) {
    throw error instanceof BytesError ? cutShort(error) : error
  }
  return undefined
}

/**
 * Without ids and versions, which mean nothing more once the handshake has compared them: half a kilobyte. What was received is changed for it, since a copy
 * without them takes V8 longer than reading all.
 */
export function lastingParameters(received: TransportParameters): TransportParameters {
  const parameters = received as unknown as Record<string, unknown>
  for (const key of PASSING) if (parameters[key] !== undefined) parameters[key] = undefined
  return received
}

/** What the handshake alone is about. */
const PASSING = [
  'versionInformation',
  'initialSourceConnectionId',
  'originalDestinationConnectionId',
  'retrySourceConnectionId',
] as const satisfies Key[]

/** Nothing to begin with. */
const NOTHING: Uint8Array = new Uint8Array(0)

/** A row of the table, with what leads to it. */
export interface ParameterRow {
  readonly key: Key
  readonly row: TransportParameter<unknown>
  /** Its place in the table, as a bit: there may be 31. */
  readonly bit: number
}

const ROWS: readonly ParameterRow[] = Object.entries(TRANSPORT_PARAMETERS).map(([key, row], index) => ({
  key: key as Key,
  row: row as TransportParameter<unknown>,
  bit: 1 << index,
}))
const BY_ID: ReadonlyMap<number, ParameterRow> = new Map(ROWS.map((entry) => [entry.row.id, entry]))

/** Those of one byte, as nearly all are: found without a hash. */
const ONE_BYTE: readonly (ParameterRow | undefined)[] = Array.from({ length: 0x40 }, (_, id) => BY_ID.get(id))

/** Of one parameter. */
function sizeOf(id: number, length: number): number {
  return varintSize(id) + varintSize(length) + length
}

function readAll(reader: Reader, sender: Side, into: Record<string, unknown>): void {
  let seen = 0
  let unknown: Set<number | bigint> | null = null
  while (reader.remaining > 0) {
    const id = readId(reader)
    const entry = rowOf(id)
    if (entry === undefined ? unknown?.has(id) : (seen & entry.bit) !== 0) throw violation(`parameter 0x${id.toString(16)} is there twice`)
    const length = reader.varint()
    if (entry === undefined) {
      unknown ??= new Set()
      unknown.add(id)
      reader.skip(length)
    } else {
      seen |= entry.bit
      into[entry.key] = readValue(valueReader(reader, length), entry.row, sender)
    }
  }
}

/** An identifier to the last bit: a number where that has as many. */
function readId(reader: Reader): number | bigint {
  const at = reader.offset
  const id = reader.varint()
  if (id < Number.MAX_SAFE_INTEGER) return id
  reader.offset = at
  return reader.varintExact()
}

function rowOf(id: number | bigint): ParameterRow | undefined {
  if (typeof id === 'bigint') return undefined
  return id < ONE_BYTE.length ? ONE_BYTE[id] : BY_ID.get(id)
}

/** The next `length` bytes, without a view of them. */
function valueReader(reader: Reader, length: number): Reader {
  reader.skip(length)
  return new Reader(reader.source, reader.offset - length, reader.offset)
}

function readValue(reader: Reader, row: TransportParameter<unknown>, sender: Side): unknown {
  if (row.sender === 'server' && sender === 'client') throw violation(`${row.name} from a client`)
  const value = decodeValue(reader, row)
  if (reader.remaining > 0) throw violation(`${row.name} has ${reader.remaining} bytes too many`)
  return value
}

function decodeValue(reader: Reader, row: TransportParameter<unknown>): unknown {
  try {
    return row.codec.decode(reader)
  } catch (error) {
    if (error instanceof BadValue) throw violation(`${row.name} ${error.message}`)
    if (error instanceof BytesError) throw violation(`${row.name} is cut short: ${error.message}`)
    throw error
  }
}

function checkValue(value: unknown, row: TransportParameter<unknown>): void {
  try {
    row.codec.check(value)
  } catch (error) {
    throw error instanceof BadValue ? new RangeError(`${row.name} ${error.message}`) : error
  }
}

function cutShort(error: BytesError): TransportViolation {
  return violation(`parameters are cut short: ${error.message}`)
}

function violation(reason: string): TransportViolation {
  return new TransportViolation('TRANSPORT_PARAMETER_ERROR', reason)
}

function parameter<T>(
  name: string,
  id: number,
  codec: ValueCodec<T>,
  byDefault: T | undefined,
  sender: 'either' | 'server',
  remembered: boolean,
): TransportParameter<T> {
  return { name, id, codec, default: byDefault, sender, remembered }
}
