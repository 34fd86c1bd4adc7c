// The frames of YoMo 1.18 as rows: what the codec is used for in its second generation. Children in the order in which they are written.
import { encodeNode, encodePrimitive } from '@millrace/y3'
import type { Fields } from './vectors.ts'

type Encode = (id: number, value: never) => Uint8Array

const text: Encode = (id, value) => encodePrimitive(id, value, 'string')
const opaque: Encode = (id, value) => encodePrimitive(id, payload(value), 'bytes')
const uint: Encode = (id, value) => encodePrimitive(id, value, 'uint32', 'y3-v1')
const byte: Encode = (id, value) => encodePrimitive(id, Uint8Array.of(value), 'bytes')
const tags: Encode = (id, value) => encodePrimitive(id, littleEndian(value), 'bytes')

const frames: Record<string, { type: number; children: readonly (readonly [field: string, id: number, encode: Encode])[] }> = {
  data: {
    type: 0x3f,
    children: [
      ['tag', 1, uint],
      ['metadata', 3, opaque],
      ['payload', 2, opaque],
    ],
  },
  handshake: {
    type: 0x31,
    children: [
      ['name', 1, text],
      ['id', 3, text],
      ['clientType', 2, byte],
      ['observeDataTags', 6, tags],
      ['authName', 4, text],
      ['authPayload', 5, text],
      ['version', 7, text],
      ['functionDefinition', 9, text],
      ['wantedTarget', 8, text],
    ],
  },
  handshakeAck: { type: 0x29, children: [] },
  rejected: { type: 0x39, children: [['message', 1, text]] },
  connectTo: { type: 0x3e, children: [['endpoint', 1, text]] },
}

export function encodeFrame(value: Fields): Uint8Array {
  const frame = frames[value.frame as string]!
  return encodeNode(
    frame.type,
    frame.children.map(([field, id, encode]) => encode(id, value[field] as never)),
  )
}

function payload(value: string | null): Uint8Array {
  return new TextEncoder().encode((value ?? '').replace(/^utf8:/, ''))
}

function littleEndian(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4)
  const view = new DataView(bytes.buffer)
  values.forEach((value, index) => {
    view.setUint32(index * 4, value, true)
  })
  return bytes
}
