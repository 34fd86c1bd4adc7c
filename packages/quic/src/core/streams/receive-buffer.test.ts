import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { MAX_RECEIVE_GAPS } from '../limits.ts'
import { BlockPool, FIRST_BLOCK, LARGEST_BLOCK } from './block-pool.ts'
import { ReceiveBuffer } from './receive-buffer.ts'

/** Over all borders of blocks: 4 KiB, 20 KiB, 84 KiB, 148 KiB. */
const LENGTH = 150_000
const WHOLE = Buffer.from(Array.from({ length: LENGTH }, (_, i) => (i * 31 + (i >> 8)) & 0xff))

function insert(buffer: ReceiveBuffer, start: number, end: number): void {
  buffer.insert(start, WHOLE, start, end - start)
}

function takeAll(buffer: ReceiveBuffer): Buffer {
  const chunks: Buffer[] = []
  for (let chunk = buffer.take(); chunk !== null; chunk = buffer.take()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('ReceiveBuffer', () => {
  test('gives what is in order, and waits for what is not', () => {
    const buffer = new ReceiveBuffer()
    assert.equal(buffer.take(), null)
    insert(buffer, 10, 20)
    assert.deepEqual([buffer.contiguous, buffer.take()], [0, null])
    insert(buffer, 0, 10)
    assert.equal(buffer.contiguous, 20)
    assert.ok(takeAll(buffer).equals(WHOLE.subarray(0, 20)))
    assert.equal(buffer.read, 20)
  })

  test('takes bytes from the middle of what they came in', () => {
    const buffer = new ReceiveBuffer()
    buffer.insert(0, Buffer.from('..abc..'), 2, 3)
    assert.equal(takeAll(buffer).toString(), 'abc')
  })

  test('nothing at all changes nothing', () => {
    const buffer = new ReceiveBuffer()
    insert(buffer, 0, 0)
    insert(buffer, 500, 500)
    assert.deepEqual([buffer.contiguous, buffer.take()], [0, null])
  })

  test('what was given out is never written over, though it lies in the same block', () => {
    const buffer = new ReceiveBuffer()
    insert(buffer, 0, 100)
    const given = buffer.take()!
    buffer.insert(0, Buffer.alloc(200, 0xee), 0, 200)
    assert.ok(given.equals(WHOLE.subarray(0, 100)))
    assert.ok(takeAll(buffer).equals(Buffer.alloc(100, 0xee)))
  })

  test('is read into what the reader brings, as much as fits and is there', () => {
    const buffer = new ReceiveBuffer()
    assert.equal(buffer.takeInto(Buffer.alloc(10)), 0)
    insert(buffer, 0, 100)
    insert(buffer, 150, 50)
    const target = Buffer.alloc(60)
    assert.equal(buffer.takeInto(target), 60)
    assert.ok(target.equals(WHOLE.subarray(0, 60)))
    assert.equal(buffer.takeInto(target), 40, 'up to the gap')
    assert.ok(target.subarray(0, 40).equals(WHOLE.subarray(60, 100)))
    assert.equal(buffer.read, 100)
  })

  test('uses a block again that was copied out, and never one that was given out', () => {
    const pool = new BlockPool()
    const size = LARGEST_BLOCK * 4
    const bytes = Buffer.alloc(size, 1)
    for (const lends of [false, true]) {
      const buffer = new ReceiveBuffer(pool)
      // The first blocks are of other sizes; three of the large ones are read whole.
      buffer.insert(0, bytes, 0, size)
      const given = lends ? takeAll(buffer).length : 0
      if (!lends) assert.equal(buffer.takeInto(Buffer.alloc(size)), size)
      else assert.equal(given, size)
      const pooled = [pool.take(LARGEST_BLOCK), pool.take(LARGEST_BLOCK)]
      assert.equal(pooled[0] !== undefined, !lends)
      assert.equal(pool.take(LARGEST_BLOCK - 1), undefined)
    }
  })

  test('a short message that comes whole lies in bytes of its own, and is read once, however often and in which parts it comes', () => {
    const pool = new BlockPool()
    for (const length of [0, 1, 64, 65, 100]) {
      const message = WHOLE.subarray(0, length)
      const buffer = new ReceiveBuffer(pool)
      buffer.insertAll(WHOLE, 0, length)
      assert.equal(buffer.contiguous, length)
      buffer.insertAll(WHOLE, 0, length)
      buffer.insert(0, WHOLE, 0, length)
      const chunk = buffer.take()
      assert.ok(length === 0 ? chunk === null : chunk?.equals(message))
      assert.ok(chunk === null || length > 64 || chunk.buffer.byteLength === length)
      assert.equal(buffer.take(), null)
      buffer.insertAll(WHOLE, 0, length)
      assert.equal(buffer.take(), null, 'it was read')
    }
    const parts = new ReceiveBuffer(pool)
    parts.insert(40, WHOLE, 40, 10)
    parts.insertAll(WHOLE, 0, 50)
    assert.ok(takeAll(parts).equals(WHOLE.subarray(0, 50)))
    const into = new ReceiveBuffer(pool)
    into.insertAll(WHOLE, 0, 50)
    const target = Buffer.alloc(30)
    assert.deepEqual([into.takeInto(target), into.takeInto(target.subarray(10)), into.takeInto(target)], [30, 20, 0])
    assert.ok(target.equals(Buffer.concat([WHOLE.subarray(0, 10), WHOLE.subarray(30, 50)])))
  })

  test('a cleared buffer has nothing to give, and goes on from there', () => {
    const buffer = new ReceiveBuffer()
    insert(buffer, 0, 50)
    insert(buffer, 70, 80)
    buffer.clear()
    assert.deepEqual([buffer.read, buffer.take()], [50, null])
  })

  test('what is cleared is used again, as long as the connection has streams', () => {
    const pool = new BlockPool()
    const one = new ReceiveBuffer(pool)
    one.insert(0, WHOLE, 0, 10)
    assert.equal(one.takeInto(Buffer.alloc(10)), 10)
    one.clear()
    const block = pool.take(FIRST_BLOCK)
    assert.equal(block?.length, FIRST_BLOCK)
    pool.give(block)
    pool.rest()
    assert.equal(pool.take(FIRST_BLOCK), undefined)
    const lent = new ReceiveBuffer(pool)
    lent.insert(0, WHOLE, 0, 10)
    lent.take()
    lent.clear()
    assert.equal(pool.take(FIRST_BLOCK), undefined, 'who reads it may keep it')
  })

  test('refuses gaps beyond the bound', () => {
    const buffer = new ReceiveBuffer()
    for (let i = 0; i < MAX_RECEIVE_GAPS; i++) insert(buffer, 1 + i * 2, 2 + i * 2)
    assert.throws(() => insert(buffer, 1 + MAX_RECEIVE_GAPS * 2, 2 + MAX_RECEIVE_GAPS * 2), { name: 'TransportViolation' })
  })

  test('any cut, order, overlap and repetition gives the same bytes', () => {
    const piece = fc.record({ start: fc.nat(LENGTH - 1), length: fc.oneof(fc.nat(30), fc.nat(3000), fc.nat(70_000)), read: fc.boolean() })
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 40_000 }), (pieces, step) => {
        const buffer = new ReceiveBuffer()
        const got: Buffer[] = []
        const there = new Uint8Array(LENGTH)
        const deliver = (start: number, end: number): void => {
          insert(buffer, start, end)
          there.fill(1, start, end)
          const missing = there.indexOf(0)
          assert.equal(buffer.contiguous, missing < 0 ? LENGTH : missing)
        }
        for (const { start, length, read } of pieces) {
          deliver(start, Math.min(LENGTH, start + length))
          if (read) got.push(takeAll(buffer))
        }
        // Whatever is missing yet, last piece first.
        for (let start = Math.floor((LENGTH - 1) / step) * step; start >= 0; start -= step) deliver(start, Math.min(LENGTH, start + step))
        got.push(takeAll(buffer))
        assert.ok(Buffer.concat(got).equals(WHOLE))
      }),
      { numRuns: 60 },
    )
  })
})
