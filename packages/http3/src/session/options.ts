// Options of HTTP/3 sessions, with their ranges.
import { MAX_FIELD_SECTION_SIZE, QPACK_BLOCKED_STREAMS, QPACK_TABLE_CAPACITY } from '../core/limits.ts'
import type { Http3Settings } from '../core/wire/settings.ts'
import { HTTP2_SETTINGS, SETTING_ROWS } from '../core/wire/settings.ts'
import { HttpError } from './error.ts'

/** What one end of an HTTP/3 session says of itself, and what it bears. */
export interface Http3Options {
  /** Bytes of a field section that is taken, decoded, with 32 for each line: 1024 to 16777216, default 65536. RFC 9114 section 4.2.2. */
  readonly maxFieldSectionSize?: number
  /** Bytes of QPACK dynamic table that the peer may use: 0 to 1048576, default 65536. RFC 9204 section 5. */
  readonly qpackMaxTableCapacity?: number
  /** Request streams that may wait for QPACK: 0 to 65535, default 100. RFC 9204 section 5. */
  readonly qpackBlockedStreams?: number
  /** Whether CONNECT with a `:protocol` is understood, for WebSocket and WebTransport. Default false. RFC 9220. */
  readonly enableConnectProtocol?: boolean
  /** Whether HTTP datagrams are understood; the transport needs its `maxDatagramFrameSize` as well. Default false. RFC 9297. */
  readonly enableDatagrams?: boolean
  /** Settings of extensions, by identifier. Default none. RFC 9114 section 7.2.4. */
  readonly settings?: ReadonlyMap<number, number>
  /** Whether a setting, a frame and a stream of reserved types are sent, so that peers keep ignoring them. Default true. RFC 9114 sections 6.2.3, 7.2.4.1 and 7.2.8. */
  readonly grease?: boolean
  /** Server: milliseconds that a header section may take to arrive: 1 to 2147483647, default 30000. */
  readonly headersTimeout?: number
}

/** The SETTINGS that the options make. Throws ERR_HTTP3_OPTION. */
export function checkedSettings(options: Http3Options): Http3Settings {
  const extensions = options.settings ?? new Map()
  for (const id of extensions.keys()) {
    if (HTTP2_SETTINGS.has(id) || SETTING_ROWS.some((row) => row.id === id))
      throw wrong('settings', `has 0x${id.toString(16)}, which is not an extension's`)
  }
  return {
    maxFieldSectionSize: integer('maxFieldSectionSize', options.maxFieldSectionSize, 1024, 2 ** 24, MAX_FIELD_SECTION_SIZE),
    qpackMaxTableCapacity: integer('qpackMaxTableCapacity', options.qpackMaxTableCapacity, 0, 2 ** 20, QPACK_TABLE_CAPACITY),
    qpackBlockedStreams: integer('qpackBlockedStreams', options.qpackBlockedStreams, 0, 65_535, QPACK_BLOCKED_STREAMS),
    enableConnectProtocol: options.enableConnectProtocol === true,
    h3Datagram: options.enableDatagrams === true,
    extensions,
  }
}

/** An integer in its range, or the default. Throws ERR_HTTP3_OPTION. */
export function integer(name: string, value: number | undefined, least: number, most: number, usual: number): number {
  if (value === undefined) return usual
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw wrong(name, `is ${String(value)}; expected an integer from ${least} to ${most}`)
}

function wrong(name: string, what: string): HttpError {
  return new HttpError(`Option ${name} ${what}.`, { code: 'ERR_HTTP3_OPTION' })
}
