// Every row of vectors/y3.json, which hold what the original programs write and accept.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import {
  decodeNumber,
  decodePacket,
  decodePrimitive,
  encodeArray,
  encodeHeader,
  encodeNode,
  encodeNumber,
  encodePrimitive,
  type Generation,
  marshal,
  type NumberEncodingName,
  Observer,
  PacketReader,
  type PrimitiveType,
  unmarshal,
  Y3Error,
} from '@millrace/y3'
import { encodeFrame } from './frames.ts'
import { bytes, hex } from './hex.ts'
import { bytesOf, type Fields, numberOf, readVectors, typedValue, type Vector } from './vectors.ts'

const vectors = readVectors()
const exercised = new Set<string>()

/** How each type of row is checked. */
const checks: Record<string, (vector: Vector, value: Fields) => void> = {
  pvarbool(vector) {
    const packet = encodePrimitive(0x10, vector.value as boolean, 'bool')
    assert.equal(hex(packet.subarray(2)), vector.hex)
    assert.equal(decodePrimitive(packet, 'bool'), vector.value)
  },
  node(vector, value) {
    assert.equal(hex(encodeTree(value, generationOf(vector))), vector.hex)
    checkTree(value, vector)
  },
  sequence(vector) {
    const node = encodeNode(2, [encodePrimitive(3, 'CELLA', 'string'), encodePrimitive(4, 'Y3', 'string')])
    assert.equal(hex(encodePrimitive(1, 5, 'int32', 'y3-v1')) + hex(node), vector.hex)
    const packets: number[] = []
    new PacketReader((packet) => packets.push(decodePacket(packet).packet.id)).feed(bytes(vector.hex))
    assert.deepEqual(packets, [1, 2])
  },
  frame(vector, value) {
    assert.equal(hex(encodeFrame(value)), vector.hex)
    assert.equal(decodePacket(bytes(vector.hex)).consumed, vector.hex.length / 2)
  },
  marshal(vector, value) {
    checkMarshal(vector, value, [])
  },
  'marshal+signals'(vector, value) {
    const signals = (value.signals as Fields[]).map((signal) => encodePrimitive(signal.key as number, signal.string as string, 'string'))
    checkMarshal(vector, value, signals)
  },
  observe(vector, value) {
    for (const key of ['0x11', '0x13']) {
      const matches: string[] = []
      new Observer([key], (packet) => matches.push(hex(packet))).feed(bytes(vector.hex))
      assert.deepEqual(matches, value[`subscribe_${key}`])
    }
  },
  'encode-error'(_, value) {
    assert.throws(() => encodePrimitive(value.seqId as number, 1, 'int32', 'y3-v1'), { name: 'Y3Error', code: 'BAD_KEY' })
    assert.throws(() => encodeNode(value.seqId as number, []), { name: 'Y3Error', code: 'BAD_KEY' })
  },
  'stream-encode'(vector, value) {
    const [first, second] = value.parts as [{ packet: string }, { streamed: { tag: number; length: number; value: string } }]
    const { tag, length, value: streamed } = second.streamed
    const inner = encodeHeader(tag, length)
    const outer = encodeHeader(value.tag as number, first.packet.length / 2 + inner.length + length)
    assert.equal(hex(outer) + first.packet + hex(inner) + streamed, vector.hex)
  },
  decode: checkDecode,
}

describe('the vectors', () => {
  for (const vector of vectors) {
    test(vector.name, () => {
      const check = vector.type.startsWith('packet.') ? checkPrimitive : (checks[vector.type] ?? checkNumber)
      check(vector, vector.value as Fields)
      exercised.add(vector.name)
    })
  }

  after(() => {
    assert.equal(vectors.length, 125)
    assert.equal(exercised.size, vectors.length)
  })
})

function checkNumber(vector: Vector): void {
  const encoding = vector.type as NumberEncodingName
  const value = numberOf(vector.type, vector.value)
  assert.equal(hex(encodeNumber(encoding, value as never)), vector.hex)
  const expected = encoding === 'varfloat32' ? Math.fround(value as number) : value
  assert.ok(Object.is(decodeNumber(encoding, bytes(vector.hex)), expected))
}

function checkPrimitive(vector: Vector, value: Fields): void {
  const type = vector.type.slice('packet.'.length) as PrimitiveType
  const given = type === 'bytes' ? bytesOf(value) : type.endsWith('int64') ? BigInt(value.value as number) : value.value
  const generation = generationOf(vector)
  assert.equal(hex(encodePrimitive(value.key as number, given as never, type, generation)), vector.hex)
  assert.deepEqual(decodePrimitive(bytes(vector.hex), type, generation), given)
  assert.equal(decodePacket(bytes(vector.hex)).packet.id, value.key)
}

function checkMarshal(vector: Vector, entry: Fields, signals: readonly Uint8Array[]): void {
  const { mold, value } = typedValue(entry)
  const key = entry.observe as number
  assert.equal(hex(marshal(key, value, mold, { signals })), vector.hex)
  assert.deepEqual(unmarshal(bytes(vector.hex), key, mold), value)
}

function checkDecode(vector: Vector, value: Fields): void {
  if (value.tag_only) {
    const { packet } = decodePacket(bytes(`${vector.hex}00`))
    assert.deepEqual([packet.isNode, packet.isArray, packet.id], [value.isNode, value.isArray, value.seqId])
  } else if (value.stream) checkStream(vector, value)
  else if (value.error !== undefined) {
    assert.throws(
      () => decodePacket(bytes(vector.hex)),
      (error) => {
        assert.ok(error instanceof Y3Error)
        assert.equal(error.code, String(value.error) === 'negative length' ? 'NEGATIVE_LENGTH' : 'TRUNCATED')
        if (value.consumed !== undefined) assert.equal(error.offset, value.consumed)
        return true
      },
    )
  } else if (value.int32_error !== undefined) {
    for (const type of ['int32', 'float32'] as const) {
      assert.throws(() => decodePrimitive(bytes(vector.hex), type, 'y3-v1'), { name: 'Y3Error', code: 'EMPTY_VALUE' })
    }
  } else {
    const { packet, consumed } = decodePacket(bytes(vector.hex))
    assert.deepEqual([packet.id, packet.isNode, consumed], [value.key, false, value.consumed])
    if (value.length !== undefined) assert.equal(packet.value.length, value.length)
    if (value.raw !== undefined) assert.equal(hex(packet.bytes), value.raw)
    if (value.bool !== undefined) assert.equal(decodePrimitive(packet.bytes, 'bool'), value.bool)
  }
}

function checkStream(vector: Vector, value: Fields): void {
  const packets: Uint8Array[] = []
  const reader = new PacketReader((packet) => packets.push(packet))
  reader.feed(bytes(vector.hex))
  if (value.packets !== undefined) {
    const seen = packets.map((packet) => ({ tag: packet[0], len: packet[1], value: hex(packet.subarray(2)) }))
    assert.deepEqual(seen, value.packets)
    reader.end()
  } else if (value.packet !== undefined) {
    // The rest is the beginning of the next packet: it waits for more, and is missed when there is none.
    assert.deepEqual(packets.map(hex), [value.packet])
    assert.throws(() => reader.end(), { name: 'Y3Error', code: 'TRUNCATED' })
  } else {
    assert.deepEqual(packets, [])
    // An empty stream ends between packets, which is an end like any other.
    if (vector.hex === '') reader.end()
    else assert.throws(() => reader.end(), { name: 'Y3Error', code: 'TRUNCATED' })
  }
}

function encodeTree(value: unknown, generation: Generation): Uint8Array {
  if (typeof value === 'string') return encodePrimitive(0, value, 'string')
  const entry = value as Fields
  if (entry.array !== undefined) return encodeArray(entry.array as number, encodeAll(entry.items, generation))
  if (entry.children !== undefined) return encodeNode((entry.node ?? entry.key) as number, encodeAll(entry.children, generation))
  const key = entry.key as number
  return entry.int32 !== undefined
    ? encodePrimitive(key, entry.int32 as number, 'int32', generation)
    : encodePrimitive(key, entry.string as string, 'string')
}

function encodeAll(values: unknown, generation: Generation): Uint8Array[] {
  return (values as unknown[]).map((value) => encodeTree(value, generation))
}

/** What is decoded is a tree of the same form, and its parts, joined again, are the same bytes. */
function checkTree(value: Fields, vector: Vector): void {
  const { packet, consumed } = decodePacket(bytes(vector.hex))
  assert.equal(consumed, vector.hex.length / 2)
  assert.equal(packet.isArray, value.array !== undefined)
  assert.equal(packet.children.length, ((value.children ?? value.items) as unknown[]).length)
  assert.equal(packet.children.map((child) => hex(child.bytes)).join(''), hex(packet.value))
}

function generationOf(vector: Vector): Generation {
  return vector.codec === 'y3-codec-golang' ? 'golang' : 'y3-v1'
}
