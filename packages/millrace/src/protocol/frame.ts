// The frames of millrace/1: one row each (docs/protocol.md, section 4). A frame is type (varint), length (varint), body. Types that no row has
// are skipped, so that a later minor version can add some.

import { MAX_CONTROL_BYTES, MAX_MESSAGE_BYTES } from '../limits.ts'

/** Where a frame may stand: the control stream, the half of a flow that its opener writes, or the half that answers. */
export type Place = 'control' | 'forth' | 'back'

export interface FrameRow {
  readonly type: number
  readonly places: readonly Place[]
  /** Largest body in bytes. */
  readonly limit: number
}

/** What stands around a packet in a MESSAGE or RESULT body, at most: sequence, flags, tag, id, time, trace context. */
const MESSAGE_OVERHEAD = 64

/** Varints alone; generous to fields that a later version may append. */
const SMALL = 256

export type FrameName = 'HELLO' | 'WELCOME' | 'REFUSED' | 'GOODBYE' | 'FLOW' | 'MESSAGE' | 'RESULT' | 'PASS' | 'ACK'

export const frameTable: Readonly<Record<FrameName, FrameRow>> = {
  HELLO: { type: 0x01, places: ['control'], limit: MAX_CONTROL_BYTES },
  WELCOME: { type: 0x02, places: ['control'], limit: MAX_CONTROL_BYTES },
  REFUSED: { type: 0x03, places: ['control'], limit: MAX_CONTROL_BYTES },
  GOODBYE: { type: 0x04, places: ['control'], limit: MAX_CONTROL_BYTES },
  FLOW: { type: 0x10, places: ['forth'], limit: SMALL },
  MESSAGE: { type: 0x11, places: ['forth'], limit: MAX_MESSAGE_BYTES + MESSAGE_OVERHEAD },
  RESULT: { type: 0x12, places: ['back'], limit: MAX_MESSAGE_BYTES + MESSAGE_OVERHEAD },
  PASS: { type: 0x13, places: ['back'], limit: SMALL },
  ACK: { type: 0x14, places: ['back'], limit: SMALL },
}

/** Largest body of a type that no row has: it is skipped, yet it has to be read past. */
const UNKNOWN_LIMIT: number = MAX_CONTROL_BYTES

const byType: ReadonlyMap<number, FrameName> = new Map(Object.entries(frameTable).map(([name, row]) => [row.type, name as FrameName]))

/** Name of a frame type, or null for one that is not known here. */
export function frameName(type: number): FrameName | null {
  return byType.get(type) ?? null
}

/** Largest body in bytes that a frame of this type may announce. */
export function frameLimit(type: number): number {
  const name = byType.get(type)
  return name === undefined ? UNKNOWN_LIMIT : frameTable[name].limit
}

/** Whether a frame of this type may stand at `place`; unknown types may stand anywhere. */
export function frameBelongs(type: number, place: Place): boolean {
  const name = byType.get(type)
  return name === undefined || frameTable[name].places.includes(place)
}
