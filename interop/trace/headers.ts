// Packet headers as they can be read without keys: RFC 9000 section 17, RFC 9369 section 3.2 for the types of version 2.
import { VERSION_2 } from './protection.ts'
import { Reader } from './reader.ts'

export type PacketType = 'initial' | '0rtt' | 'handshake' | 'retry' | '1rtt' | 'versionNegotiation'

export interface LongHeader {
  readonly type: Exclude<PacketType, '1rtt'>
  readonly version: number
  readonly destination: Buffer
  readonly source: Buffer
  /** Of an Initial, or what a Retry carries. */
  readonly token: Buffer
  /** Where packet number and payload begin, from the start of the packet. */
  readonly numberAt: number
  /** Bytes of the whole packet. */
  readonly length: number
}

const TYPES_1 = ['initial', '0rtt', 'handshake', 'retry'] as const
const TYPES_2 = ['retry', 'initial', '0rtt', 'handshake'] as const

const NOTHING = Buffer.alloc(0)

export function isLong(packet: Buffer): boolean {
  return (packet[0]! & 0x80) !== 0
}

/** The header of the packet that `bytes` begin with; null when it is none. */
export function readLongHeader(bytes: Buffer): LongHeader | null {
  try {
    const reader = new Reader(bytes)
    const first = reader.uint(1)
    const version = reader.uint(4)
    const [destination, source] = [reader.bytes(reader.uint(1)), reader.bytes(reader.uint(1))]
    const whole = { version, destination, source, token: NOTHING, numberAt: reader.at, length: bytes.length }
    if (version === 0) return { ...whole, type: 'versionNegotiation' }
    const type = (version === VERSION_2 ? TYPES_2 : TYPES_1)[(first >> 4) & 3]!
    if (type === 'retry') return { ...whole, type, token: bytes.subarray(reader.at, -16) }
    const token = type === 'initial' ? reader.bytes(reader.varint()) : NOTHING
    const rest = reader.varint()
    return { ...whole, type, token, numberAt: reader.at, length: reader.at + reader.bytes(rest).length }
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
