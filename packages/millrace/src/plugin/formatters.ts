// How people see packets: YoMo's four formatters. A time stands before all but the echo line, which is the data alone, as in YoMo's quick start.

import { decodePacket, mold, type Packet, unmarshal } from '@millrace/y3'
import { ECHO_NAME_KEY, THERMOMETER_KEY, thermometersMold } from '../demo/data.ts'

/** Text for one packet that left the chain at `time`. Throws Y3Error for bytes that are not the packet it knows. */
export type Formatter = (packet: Uint8Array, time: Date) => string

/** Time, tab, the bytes in hexadecimal. */
export const outputHexString: Formatter = (packet, time) => `${time.toISOString()}\t${hex(packet)}`

/** Time, tab, the tree of keys and values: braces for nodes, brackets for lists, values in hexadecimal. */
export const outputPacketPrinter: Formatter = (packet, time) => `${time.toISOString()}\t${tree(decodePacket(packet).packet)}`

/** The name in a packet of the echo set: `name:millrace!`. */
export const outputEchoData: Formatter = (packet) => `name:${unmarshal(packet, ECHO_NAME_KEY, mold('string')) ?? ''}`

/** Time, tab, the readings in a packet of the thermometer set. */
export const outputThermometerData: Formatter = (packet, time) => {
  const readings = unmarshal(packet, THERMOMETER_KEY, thermometersMold) ?? []
  const texts = readings.map(({ id, temperature, humidity, stored }) => {
    return `id:${id} temperature:${temperature.toFixed(2)} humidity:${humidity.toFixed(2)} stored:${stored}`
  })
  return `${time.toISOString()}\t${texts.join('; ')}`
}

function tree(packet: Packet): string {
  const key = `0x${packet.id.toString(16).padStart(2, '0')}`
  if (!packet.isNode) return `${key}:${hex(packet.value)}`
  const [open, close] = packet.isArray ? ['[', ']'] : ['{', '}']
  return `${key}:${open}${packet.children.map(tree).join(', ')}${close}`
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
}
