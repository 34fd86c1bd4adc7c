// The frame types and where each may stand. RFC 9114 section 7.2, RFC 9218 section 7.2.
import type { Side } from '../side.ts'

/** What a frame travels on. RFC 9114 section 6. */
export type FrameCarrier = 'control' | 'request'

/** One type of frame. */
export interface FrameType {
  readonly name: string
  readonly type: number
  /** Null: a type of HTTP/2's without a meaning here, which may stand nowhere. RFC 9114 section 7.2.8. */
  readonly carrier: FrameCarrier | null
  /** Who may send it. */
  readonly sender: Side | 'either'
}

export const DATA = 0x00
export const HEADERS = 0x01
export const CANCEL_PUSH = 0x03
export const SETTINGS = 0x04
export const PUSH_PROMISE = 0x05
export const GOAWAY = 0x07
export const MAX_PUSH_ID = 0x0d
export const PRIORITY_UPDATE = 0xf0700
export const PRIORITY_UPDATE_PUSH = 0xf0701

/** All that have a name. Others are ignored wherever they stand. RFC 9114 section 9. */
export const FRAME_TYPES: readonly FrameType[] = [
  { name: 'DATA', type: DATA, carrier: 'request', sender: 'either' },
  { name: 'HEADERS', type: HEADERS, carrier: 'request', sender: 'either' },
  { name: 'PRIORITY of HTTP/2', type: 0x02, carrier: null, sender: 'either' },
  { name: 'CANCEL_PUSH', type: CANCEL_PUSH, carrier: 'control', sender: 'either' },
  { name: 'SETTINGS', type: SETTINGS, carrier: 'control', sender: 'either' },
  { name: 'PUSH_PROMISE', type: PUSH_PROMISE, carrier: 'request', sender: 'server' },
  { name: 'PING of HTTP/2', type: 0x06, carrier: null, sender: 'either' },
  { name: 'GOAWAY', type: GOAWAY, carrier: 'control', sender: 'either' },
  { name: 'WINDOW_UPDATE of HTTP/2', type: 0x08, carrier: null, sender: 'either' },
  { name: 'CONTINUATION of HTTP/2', type: 0x09, carrier: null, sender: 'either' },
  { name: 'MAX_PUSH_ID', type: MAX_PUSH_ID, carrier: 'control', sender: 'client' },
  { name: 'PRIORITY_UPDATE', type: PRIORITY_UPDATE, carrier: 'control', sender: 'client' },
  { name: 'PRIORITY_UPDATE of a push', type: PRIORITY_UPDATE_PUSH, carrier: 'control', sender: 'client' },
]

/** The row of a type, undefined for one that has no meaning here. */
export function frameType(type: number): FrameType | undefined {
  return BY_TYPE.get(type)
}

const BY_TYPE: ReadonlyMap<number, FrameType> = new Map(FRAME_TYPES.map((row) => [row.type, row]))
