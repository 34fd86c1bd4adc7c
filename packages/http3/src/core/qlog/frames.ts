// Frames as the log shows them. draft-ietf-quic-qlog-h3-events, HTTP3Frame.
import { Buffer } from 'node:buffer'
import { Reader, varintSize } from '@millrace/bytes'
import type { FieldSection } from '../fields/field-section.ts'
import { DATA, frameType, GOAWAY, HEADERS, MAX_PUSH_ID, PRIORITY_UPDATE, SETTINGS } from '../wire/frame-types.ts'
import { isReserved } from '../wire/grease.ts'
import { SETTING_ROWS } from '../wire/settings.ts'

/** A frame: its type, what it says, and how long it is. */
export type LoggedFrame = Readonly<Record<string, unknown>>

/** Fields whose values let others act as the user: a log shows that they are there. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie'])

/** What values may consist of. RFC 9110 section 5.5. */
const LEGAL = /^[\t\x20-\x7e\x80-\xff]*$/

/** A DATA frame with so many bytes of content. */
export function dataFrame(length: number): LoggedFrame {
  return { frame_type: 'data', raw: sizes(DATA, length) }
}

/** A HEADERS frame whose encoded section has so many bytes. */
export function headersFrame(fields: FieldSection, length: number): LoggedFrame {
  const headers: LoggedFrame[] = []
  for (let i = 0; i < fields.length; i += 2) headers.push(field(fields[i]!, fields[i + 1]!))
  return { frame_type: 'headers', headers, raw: sizes(HEADERS, length) }
}

/** A frame of a type without a meaning here, which nobody looks into. */
export function otherFrame(type: number, length: number): LoggedFrame {
  return { frame_type: isReserved(type) ? 'reserved' : 'unknown', frame_type_bytes: type, raw: sizes(type, length) }
}

/** A frame of the control stream. Its payload may be anything. */
export function controlFrame(type: number, payload: Uint8Array): LoggedFrame {
  const row = frameType(type)
  if (row === undefined) return otherFrame(type, payload.length)
  return { frame_type: row.name.toLowerCase(), ...CONTENTS.get(type)?.(payload), raw: sizes(type, payload.length) }
}

/** What control frames say, by their type. */
const CONTENTS: ReadonlyMap<number, (payload: Uint8Array) => LoggedFrame> = new Map<number, (payload: Uint8Array) => LoggedFrame>([
  [SETTINGS, (payload) => ({ settings: settings(payload) })],
  [GOAWAY, (payload) => ({ id: firstOf(payload) })],
  [MAX_PUSH_ID, (payload) => ({ push_id: firstOf(payload) })],
  [
    PRIORITY_UPDATE,
    (payload) => ({ stream_id: firstOf(payload), priority_field_value: String.fromCharCode(...payload.subarray(sizeOfFirst(payload))) }),
  ],
])

function settings(payload: Uint8Array): LoggedFrame[] {
  const told: LoggedFrame[] = []
  for (let rest = payload; rest.length > sizeOfFirst(rest); ) {
    const id = firstOf(rest)!
    const behind = rest.subarray(sizeOfFirst(rest))
    told.push({ ...settingName(id), value: firstOf(behind) })
    rest = behind.subarray(sizeOfFirst(behind))
  }
  return told
}

function settingName(id: number): LoggedFrame {
  const row = SETTING_ROWS.find((each) => each.id === id)
  if (row !== undefined) return { name: `settings_${row.name.toLowerCase()}` }
  return { name: isReserved(id) ? 'reserved' : 'unknown', name_bytes: id }
}

function field(name: string, value: string): LoggedFrame {
  if (CREDENTIALS.has(name)) return { name }
  return LEGAL.test(value) ? { name, value } : { name, value_bytes: Buffer.from(value, 'latin1').toString('hex') }
}

/** RawInfo; a header is taken to be as short as it can be. */
function sizes(type: number, length: number): LoggedFrame {
  return { length: varintSize(type) + varintSize(length) + length, payload_length: length }
}

function firstOf(payload: Uint8Array): number | undefined {
  return payload.length === 0 || payload.length < sizeOfFirst(payload) ? undefined : new Reader(payload).varint()
}

function sizeOfFirst(payload: Uint8Array): number {
  return payload.length === 0 ? 0 : 1 << (payload[0]! >> 6)
}
