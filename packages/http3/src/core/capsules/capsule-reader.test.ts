import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeCapsule } from './capsule.ts'
import { CapsuleReader } from './capsule-reader.ts'

/** Knows type 1, up to 100 bytes, and type 2, which is empty. */
function read(...chunks: readonly Uint8Array[]): string[] {
  const seen: string[] = []
  const reader = new CapsuleReader({
    largest: (type) => (type === 1 ? 100 : type === 2 ? 0 : undefined),
    capsule: (type, payload) => seen.push(`${type} ${Buffer.from(payload).toString()}`),
  })
  for (const chunk of chunks) reader.push(chunk)
  reader.finish()
  return seen
}

const text = (value: string) => new Uint8Array(Buffer.from(value))
const STREAM = Buffer.concat([
  encodeCapsule(1, text('hello')),
  encodeCapsule(0x2843_0000, text('unknown, and skipped')),
  encodeCapsule(2, text('')),
  encodeCapsule(1, text('')),
  encodeCapsule(1, text('x'.repeat(100))),
])
const EXPECTED = ['1 hello', '2 ', '1 ', `1 ${'x'.repeat(100)}`]

test('capsules come out whole, wherever the bytes are cut (RFC 9297 section 3.2)', () => {
  assert.deepEqual(read(STREAM), EXPECTED)
  for (let cut = 0; cut <= STREAM.length; cut++) assert.deepEqual(read(STREAM.subarray(0, cut), STREAM.subarray(cut)), EXPECTED)
  assert.deepEqual(read(...Array.from(STREAM, (byte) => Uint8Array.of(byte))), EXPECTED)
})

test('a stream that ends inside a capsule is malformed (RFC 9297 section 3.3)', () => {
  const whole = encodeCapsule(0x4000, text('abc'))
  for (let length = 1; length < whole.length; length++) {
    assert.throws(() => read(whole.subarray(0, length)), { code: 'H3_MESSAGE_ERROR', scope: 'stream' })
  }
})

test('a capsule that claims more than its type allows is refused at its header, before it is waited for', () => {
  const claim = (length: bigint) => {
    const header = Buffer.alloc(9)
    header[0] = 1
    header.writeBigUInt64BE(length | (3n << 62n), 1)
    return header
  }
  for (const length of [101n, 8193n, (1n << 62n) - 1n])
    assert.throws(() => read(claim(length)), { code: 'H3_MESSAGE_ERROR', scope: 'stream' })
})

test('a capsule of unknown type that claims a gigabyte is skipped as it comes, and nothing of it is kept (CVE-2026-57497)', () => {
  let seen = 0
  const reader = new CapsuleReader({ largest: (type) => (type === 1 ? 10 : undefined), capsule: () => seen++ })
  reader.push(Uint8Array.of(0x40, 0x77, 0xc0, 0, 0, 0, 0x40, 0, 0, 0))
  const chunk = new Uint8Array(1 << 20)
  const before = process.memoryUsage().arrayBuffers
  for (let count = 0; count < 1024; count++) reader.push(chunk)
  assert.ok(process.memoryUsage().arrayBuffers - before < 1 << 20)
  reader.push(encodeCapsule(1, text('after')))
  reader.finish()
  assert.equal(seen, 1)
})
