// YoMo's two demo sets: what its public development server sent to whoever tried a plugin.

import { encodeArray, encodeNode, encodePrimitive, type Mold, marshal, mold, ROOT_TAG } from '@millrace/y3'

export const ECHO_NAME_KEY = 0x11
export const THERMOMETER_KEY = 0x20

/** What plain text the echo set carries, and what the echo plugin makes its mark on. */
const GREETING = 'millrace!'

const thermometer = {
  id: { key: 0x10, type: 'string' },
  temperature: { key: 0x11, type: 'float32' },
  humidity: { key: 0x12, type: 'float32' },
  stored: { key: 0x13, type: 'bool' },
} as const

export type Thermometers = { id: string; temperature: number; humidity: number; stored: boolean }[]

export const thermometersMold: Mold<Thermometers> = mold([thermometer])

/** Root of an echo packet: 0x10 a number, 0x11 the name, 0x20 a node with a list of strings under 0x13. */
export function echoPacket(id: number): Uint8Array {
  const items = [`item ${id}`, `item ${id + 1}`].map((text) => encodePrimitive(0x00, text, 'string'))
  return encodeNode(ROOT_TAG & 0x3f, [
    encodePrimitive(0x10, id | 0, 'int32'),
    encodePrimitive(ECHO_NAME_KEY, GREETING, 'string'),
    encodeNode(0x20, [encodeArray(0x13, items)]),
  ])
}

/** Root of a thermometer packet: two readings that wander with `step`. */
export function thermometerPacket(step: number): Uint8Array {
  const readings: Thermometers = [0, 1].map((index) => ({
    id: `thermometer-${index + 1}`,
    temperature: 20 + 5 * Math.sin(step / 10 + index),
    humidity: 50 + 10 * Math.cos(step / 7 + index),
    stored: step % 2 === 0,
  }))
  return marshal(THERMOMETER_KEY, readings, thermometersMold)
}
