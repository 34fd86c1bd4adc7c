// The frames of a payload: RFC 9000 section 19, RFC 9221, and ACK_FREQUENCY's two. A row says which fields follow the type.
import { Reader } from './reader.ts'

type Field = 'varint' | 'data' | 'rest' | 'eight' | 'connectionId' | 'resetToken' | 'ranges' | 'counts'

export interface Frame {
  readonly name: string
  readonly type: number
  /** Numbers in the order of the RFC. */
  readonly numbers: readonly number[]
  /** Data, connection id, or path validation's eight bytes. */
  readonly bytes: Buffer
}

interface Layout {
  readonly name: string
  readonly fields: readonly Field[]
}

const NOTHING = Buffer.alloc(0)

const varints = (count: number): Field[] => Array.from({ length: count }, () => 'varint')

const LAYOUTS: Readonly<Record<number, Layout>> = {
  0: { name: 'PADDING', fields: [] },
  1: { name: 'PING', fields: [] },
  2: { name: 'ACK', fields: ['varint', 'varint', 'ranges'] },
  3: { name: 'ACK_ECN', fields: ['varint', 'varint', 'ranges', 'counts'] },
  4: { name: 'RESET_STREAM', fields: varints(3) },
  5: { name: 'STOP_SENDING', fields: varints(2) },
  6: { name: 'CRYPTO', fields: ['varint', 'data'] },
  7: { name: 'NEW_TOKEN', fields: ['data'] },
  ...Object.fromEntries(Array.from({ length: 8 }, (_, bits) => [0x08 | bits, stream(bits)])),
  16: { name: 'MAX_DATA', fields: varints(1) },
  17: { name: 'MAX_STREAM_DATA', fields: varints(2) },
  18: { name: 'MAX_STREAMS_BIDI', fields: varints(1) },
  19: { name: 'MAX_STREAMS_UNI', fields: varints(1) },
  20: { name: 'DATA_BLOCKED', fields: varints(1) },
  21: { name: 'STREAM_DATA_BLOCKED', fields: varints(2) },
  22: { name: 'STREAMS_BLOCKED_BIDI', fields: varints(1) },
  23: { name: 'STREAMS_BLOCKED_UNI', fields: varints(1) },
  24: { name: 'NEW_CONNECTION_ID', fields: ['varint', 'varint', 'connectionId', 'resetToken'] },
  25: { name: 'RETIRE_CONNECTION_ID', fields: varints(1) },
  26: { name: 'PATH_CHALLENGE', fields: ['eight'] },
  27: { name: 'PATH_RESPONSE', fields: ['eight'] },
  28: { name: 'CONNECTION_CLOSE', fields: ['varint', 'varint', 'data'] },
  29: { name: 'CONNECTION_CLOSE_APPLICATION', fields: ['varint', 'data'] },
  30: { name: 'HANDSHAKE_DONE', fields: [] },
  31: { name: 'IMMEDIATE_ACK', fields: [] },
  36: { name: 'RESET_STREAM_AT', fields: varints(4) },
  48: { name: 'DATAGRAM', fields: ['rest'] },
  49: { name: 'DATAGRAM', fields: ['data'] },
  175: { name: 'ACK_FREQUENCY', fields: varints(4) },
}

/** Section 19.8: the three low bits say whether offset and length are there, and whether the stream ends. */
function stream(bits: number): Layout {
  return { name: 'STREAM', fields: ['varint', ...(bits & 4 ? varints(1) : []), bits & 2 ? 'data' : 'rest'] }
}

/** All frames but PADDING; null when the payload is not made of frames that we know. */
export function readFrames(payload: Buffer): Frame[] | null {
  const reader = new Reader(payload)
  const frames: Frame[] = []
  try {
    while (reader.left > 0) {
      const type = reader.varint()
      const layout = LAYOUTS[type]
      if (layout === undefined) return null
      if (type !== 0) frames.push(read(reader, type, layout))
    }
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
  return frames
}

function read(reader: Reader, type: number, { name, fields }: Layout): Frame {
  const numbers: number[] = []
  let bytes: Buffer = NOTHING
  for (const field of fields) {
    if (field === 'varint') numbers.push(reader.varint())
    else if (field === 'ranges') for (let more = 2 * reader.varint() + 1; more > 0; more--) numbers.push(reader.varint())
    else if (field === 'counts') numbers.push(reader.varint(), reader.varint(), reader.varint())
    else if (field === 'resetToken') reader.bytes(16)
    else bytes = READ_BYTES[field](reader)
  }
  return { name, type, numbers, bytes }
}

const READ_BYTES: Readonly<Record<'data' | 'rest' | 'eight' | 'connectionId', (reader: Reader) => Buffer>> = {
  data: (reader) => reader.bytes(reader.varint()),
  rest: (reader) => reader.rest(),
  eight: (reader) => reader.bytes(8),
  connectionId: (reader) => reader.bytes(reader.uint(1)),
}
