// What holds for every tree, every cut and every input. fast-check prints the seed of a failure.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decodePacket,
  decodePrimitive,
  encodePrimitive,
  find,
  Mold,
  mold,
  Observer,
  PacketReader,
  type PrimitiveType,
  replace,
  Y3Error,
} from '@millrace/y3'
import fc from 'fast-check'
import { hex } from './hex.ts'
import { cut, hostile, modelFind, modelObserve, modelReplace, packet } from './trees.ts'

const id = fc.integer({ min: 0x10, max: 0x15 })
const places = fc.array(fc.nat(), { maxLength: 12 })

const everything = mold({
  text: { key: 0x10, type: 'string' },
  raw: { key: 0x11, type: 'bytes' },
  flag: { key: 0x12, type: 'bool' },
  small: { key: 0x13, type: 'int32' },
  positive: { key: 0x14, type: 'uint32' },
  large: { key: 0x15, type: 'int64' },
  huge: { key: 0x16, type: 'uint64' },
  single: { key: 0x17, type: 'float32' },
  double: { key: 0x18, type: 'float64' },
  names: { key: 0x19, type: ['string'] },
  inner: { key: 0x1a, type: { at: { key: 0x10, type: ['int64'] }, deeper: { key: 0x11, type: { flag: { key: 0x3f, type: 'bool' } } } } },
  rows: { key: 0x1b, type: [{ id: { key: 0x20, type: 'uint32' }, tags: { key: 0x21, type: [['string']] } }] },
})

const int64 = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff })
const text = fc.string({ unit: 'binary' })

const plain = { noNullPrototype: true } as const

const anything = fc.record(
  {
    text,
    raw: fc.uint8Array(),
    flag: fc.boolean(),
    small: fc.integer(),
    positive: uint32,
    large: int64,
    huge: fc.bigInt(0n, 2n ** 64n - 1n),
    single: fc.float(),
    double: fc.double(),
    names: fc.array(text),
    inner: fc.record({ at: fc.array(int64), deeper: fc.record({ flag: fc.boolean() }, plain) }, plain),
    rows: fc.array(fc.record({ id: uint32, tags: fc.array(fc.array(text, { maxLength: 3 }), { maxLength: 3 }) }, plain)),
  },
  plain,
)

test('what a mold encodes, it decodes, in both generations', () => {
  fc.assert(
    fc.property(anything, fc.constantFrom('golang' as const, 'y3-v1' as const), (value, generation) => {
      const bytes = everything.encode(0x10, value, generation)
      assert.deepEqual(everything.decode(bytes, generation), value)
      assert.equal(decodePacket(bytes).consumed, bytes.length)
    }),
  )
})

test('any cut into chunks gives the same packets', () => {
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 4 }), places, (packets, cuts) => {
      const seen: string[] = []
      const reader = new PacketReader((bytes) => seen.push(hex(bytes)))
      for (const chunk of cut(Buffer.concat(packets), cuts)) reader.feed(chunk)
      reader.end()
      assert.deepEqual(seen, packets.map(hex))
    }),
  )
})

test('any cut into chunks gives the same observation: the first match of each outermost packet', () => {
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 4 }), fc.array(id, { minLength: 1, maxLength: 3 }), places, (packets, ids, cuts) => {
      const seen: string[] = []
      const observer = new Observer(ids, (bytes) => seen.push(hex(bytes)))
      for (const chunk of cut(Buffer.concat(packets), cuts)) observer.feed(chunk)
      observer.end()
      const expected = packets.map((bytes) => modelObserve(decodePacket(bytes).packet, ids))
      assert.deepEqual(
        seen,
        expected.filter((match) => match !== null).map((match) => hex(match.bytes)),
      )
    }),
    { numRuns: 500 },
  )
})

test('find agrees with a walk through the whole tree', () => {
  fc.assert(
    fc.property(packet, id, (bytes, wanted) => {
      const found = find(bytes, wanted)
      assert.equal(
        found && hex(found),
        modelFind(decodePacket(bytes).packet, wanted) && hex(modelFind(decodePacket(bytes).packet, wanted)!.bytes),
      )
    }),
    { numRuns: 500 },
  )
})

test('replace agrees with a tree that is encoded anew', () => {
  fc.assert(
    fc.property(packet, id, fc.uint8Array({ maxLength: 200 }), (bytes, wanted, value) => {
      const replacement = encodePrimitive(wanted, value, 'bytes')
      assert.equal(hex(replace(bytes, replacement)), hex(modelReplace(decodePacket(bytes).packet, wanted, replacement)))
    }),
    { numRuns: 500 },
  )
})

test('no input makes anything throw but a Y3Error, or reads past the bytes that were given', () => {
  const types: PrimitiveType[] = ['string', 'bytes', 'bool', 'int32', 'uint32', 'int64', 'uint64', 'float32', 'float64']
  const one = encodePrimitive(0x11, 'x', 'string')
  const uses: ((bytes: Uint8Array) => unknown)[] = [
    (bytes) => decodePacket(bytes),
    (bytes) => find(bytes, 0x11),
    (bytes) => replace(bytes, one),
    (bytes) => replace(one, bytes),
    (bytes) => everything.decode(bytes),
    (bytes) => everything.decode(bytes, 'y3-v1'),
    (bytes) => stream(bytes, (take) => new PacketReader(take)),
    (bytes) => stream(bytes, (take) => new Observer([0x11, 0x12], take)),
    ...types.flatMap((type) => [
      (bytes: Uint8Array) => decodePrimitive(bytes, type),
      (bytes: Uint8Array) => decodePrimitive(bytes, type, 'y3-v1'),
    ]),
  ]
  fc.assert(
    fc.property(hostile, (bytes) => {
      for (const use of uses) {
        // The same bytes amid others, which must not be seen.
        const amid = new Uint8Array(bytes.length + 32).fill(0x11)
        amid.set(bytes, 16)
        assert.deepEqual(outcome(use, amid.subarray(16, 16 + bytes.length)), outcome(use, bytes))
      }
    }),
    { numRuns: 3000 },
  )
})

test('a mold of a mold is that mold', () => {
  assert.ok(everything instanceof Mold)
  assert.equal(mold(everything), everything)
})

function stream(
  bytes: Uint8Array,
  reader: (take: (packet: Uint8Array) => void) => { feed(chunk: Uint8Array): void; end(): void },
): string[] {
  const seen: string[] = []
  const made = reader((packet) => seen.push(hex(packet)))
  made.feed(bytes)
  made.end()
  return seen
}

function outcome(use: (bytes: Uint8Array) => unknown, bytes: Uint8Array): unknown {
  try {
    return JSON.stringify(use(bytes), (_, value) =>
      value instanceof Uint8Array ? hex(value) : typeof value === 'bigint' ? `${value}n` : value,
    )
  } catch (error) {
    if (!(error instanceof Y3Error)) throw error
    return `${error.code} ${error.message}`
  }
}
