// SETTINGS: what each end says of itself before anything else. RFC 9114 section 7.2.4.
import { BytesError, Reader, varintSize, Writer } from '@millrace/bytes'
import { isReserved } from './grease.ts'
import { Http3Error } from './http3-error.ts'

/** What one end says of itself. */
export interface Http3Settings {
  /** Bytes of the largest field section it takes, decoded, with 32 a line; Infinity if it named none. RFC 9114 section 4.2.2. */
  readonly maxFieldSectionSize: number
  /** Bytes of the QPACK dynamic table that the other end may use. RFC 9204 section 5. */
  readonly qpackMaxTableCapacity: number
  /** Streams that may wait for QPACK. RFC 9204 section 5. */
  readonly qpackBlockedStreams: number
  /** Whether CONNECT with a `:protocol` is understood. RFC 9220 section 3. */
  readonly enableConnectProtocol: boolean
  /** Whether HTTP datagrams are understood. RFC 9297 section 2.1.1. */
  readonly h3Datagram: boolean
  /** Those of extensions, by identifier; reserved ones are left out. Values above 2^53 - 1 saturate there. */
  readonly extensions: ReadonlyMap<number, number>
}

type Known = Exclude<keyof Http3Settings, 'extensions'>

interface SettingRow {
  readonly name: string
  readonly id: number
  readonly key: Known
  /** In the words of draft-ietf-quic-qlog-h3-events. */
  readonly logged: string
  /** Where nothing is said. */
  readonly default: number
  /** More is an error. */
  readonly most: number
  /** What a server that accepts 0-RTT may make of the value that it gave before: the same, or more. RFC 9114 section 7.2.4.2. */
  readonly afterEarlyData: 'same' | 'atLeast'
}

/** Those that have a meaning here. */
export const SETTING_ROWS: readonly SettingRow[] = [
  {
    name: 'QPACK_MAX_TABLE_CAPACITY',
    id: 0x01,
    key: 'qpackMaxTableCapacity',
    logged: 'max_table_capacity',
    default: 0,
    most: Infinity,
    afterEarlyData: 'same',
  },
  {
    name: 'MAX_FIELD_SECTION_SIZE',
    id: 0x06,
    key: 'maxFieldSectionSize',
    logged: 'max_field_section_size',
    default: Infinity,
    most: Infinity,
    afterEarlyData: 'atLeast',
  },
  {
    name: 'QPACK_BLOCKED_STREAMS',
    id: 0x07,
    key: 'qpackBlockedStreams',
    logged: 'blocked_streams_count',
    default: 0,
    most: Infinity,
    afterEarlyData: 'atLeast',
  },
  {
    name: 'ENABLE_CONNECT_PROTOCOL',
    id: 0x08,
    key: 'enableConnectProtocol',
    logged: 'extended_connect',
    default: 0,
    most: 1,
    afterEarlyData: 'atLeast',
  },
  { name: 'H3_DATAGRAM', id: 0x33, key: 'h3Datagram', logged: 'h3_datagram', default: 0, most: 1, afterEarlyData: 'atLeast' },
]

/** Settings of HTTP/2 that have no meaning here and must not be sent. RFC 9114 section 11.2.2. */
export const HTTP2_SETTINGS: ReadonlySet<number> = new Set([0x00, 0x02, 0x03, 0x04, 0x05])

/** The value of each setting that a peer has not named. */
export const DEFAULT_SETTINGS: Http3Settings = settingsOf(new Map(), new Map())

/** The payload of a SETTINGS frame. `grease` is a reserved identifier (RFC 9114 section 7.2.4.1), null for none. */
export function encodeSettings(settings: Http3Settings, grease: number | null): Uint8Array {
  const pairs: (readonly [number, number])[] = []
  for (const { id, key, default: usual } of SETTING_ROWS) {
    const value = Number(settings[key])
    if (value !== usual) pairs.push([id, value])
  }
  pairs.push(...settings.extensions)
  if (grease !== null) pairs.push([grease, 0])
  const writer = new Writer(new Uint8Array(pairs.reduce((size, [id, value]) => size + varintSize(id) + varintSize(value), 0)))
  for (const [id, value] of pairs) {
    writer.varint(id)
    writer.varint(value)
  }
  return writer.target
}

/** Throws H3_SETTINGS_ERROR for settings that may not be, H3_FRAME_ERROR for a payload that is cut short. */
export function decodeSettings(payload: Uint8Array): Http3Settings {
  const reader = new Reader(payload)
  const known = new Map<Known, number>()
  const extensions = new Map<number, number>()
  const seen = new Set<bigint>()
  while (reader.remaining > 0) {
    const [id, value] = readPair(reader)
    if (seen.has(id)) throw new Http3Error('H3_SETTINGS_ERROR', `setting 0x${id.toString(16)} comes twice`)
    seen.add(id)
    if (HTTP2_SETTINGS.has(Number(id))) throw new Http3Error('H3_SETTINGS_ERROR', `setting 0x${id.toString(16)} is HTTP/2's`)
    const row = SETTING_ROWS.find((each) => BigInt(each.id) === id)
    if (row === undefined) keepExtension(extensions, id, value)
    else if (value > row.most) throw new Http3Error('H3_SETTINGS_ERROR', `${row.name} is ${value}, at most ${row.most}`)
    else known.set(row.key, value)
  }
  return settingsOf(known, extensions)
}

/** Reserved identifiers mean nothing, and none beyond 2^53 has been given a meaning. */
function keepExtension(extensions: Map<number, number>, id: bigint, value: number): void {
  if (id <= BigInt(Number.MAX_SAFE_INTEGER) && !isReserved(Number(id))) extensions.set(Number(id), value)
}

function readPair(reader: Reader): [id: bigint, value: number] {
  try {
    return [reader.varintExact(), reader.varint()]
  } catch (error) {
    if (error instanceof BytesError) throw new Http3Error('H3_FRAME_ERROR', 'SETTINGS ends in the middle of a setting')
    throw error
  }
}

function settingsOf(known: ReadonlyMap<Known, number>, extensions: ReadonlyMap<number, number>): Http3Settings {
  const value = (key: Known): number => known.get(key) ?? SETTING_ROWS.find((row) => row.key === key)!.default
  return {
    maxFieldSectionSize: value('maxFieldSectionSize'),
    qpackMaxTableCapacity: value('qpackMaxTableCapacity'),
    qpackBlockedStreams: value('qpackBlockedStreams'),
    enableConnectProtocol: value('enableConnectProtocol') === 1,
    h3Datagram: value('h3Datagram') === 1,
    extensions,
  }
}
