import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { MillraceError } from '../error.ts'
import { frameTable } from './frame.ts'
import { FrameBatch } from './frame-batch.ts'
import { FrameReader } from './frame-reader.ts'

interface Seen {
  readonly type: number
  readonly body: string
}

function read(reader: FrameReader, chunks: readonly Uint8Array[]): Seen[] {
  const seen: Seen[] = []
  for (const chunk of chunks) {
    reader.push(chunk)
    while (reader.next())
      seen.push({ type: reader.type, body: Buffer.from(reader.bytes.subarray(reader.start, reader.end)).toString('hex') })
  }
  return seen
}

/** Cuts bytes at the given places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const edges = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end))
}

describe('frames of a stream', () => {
  test('are the same however the stream is cut', () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 })
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(), { maxLength: 12 }), (all, places) => {
        const batch = new FrameBatch()
        for (const body of all) batch.frame(frameTable.HELLO.type, body)
        const bytes = Buffer.concat(batch.take())
        const reader = new FrameReader('control')
        const seen = read(reader, cut(bytes, places))
        assert.deepEqual(
          seen,
          all.map((body) => ({ type: 1, body: Buffer.from(body).toString('hex') })),
        )
        assert.equal(reader.unfinished, 0)
      }),
    )
  })

  test('that are cut anywhere are waited for, and are known to be unfinished', () => {
    const batch = new FrameBatch()
    batch.frame(frameTable.HELLO.type, new Uint8Array(100))
    const bytes = Buffer.concat(batch.take())
    for (let length = 1; length < bytes.length; length++) {
      const reader = new FrameReader('control')
      assert.deepEqual(read(reader, [bytes.subarray(0, length)]), [])
      assert.equal(reader.unfinished, length)
    }
  })

  test('lie where they arrived, uncopied, when they came whole', () => {
    const batch = new FrameBatch()
    batch.frame(frameTable.HELLO.type, Buffer.from('body'))
    const chunk = Buffer.concat(batch.take())
    const reader = new FrameReader('control')
    reader.push(chunk)
    assert.ok(reader.next())
    assert.equal(reader.bytes, chunk)
  })

  for (const [name, row] of Object.entries(frameTable)) {
    test(`${name} is taken at its limit, refused above it, and refused where it does not belong`, () => {
      const header = (length: number): Uint8Array =>
        Buffer.from([row.type, 0x80 | (length >>> 24), (length >>> 16) & 255, (length >>> 8) & 255, length & 255])
      const [place] = row.places
      const within = new FrameReader(place!)
      within.push(header(row.limit))
      assert.equal(within.next(), false)
      const over = new FrameReader(place!)
      over.push(header(row.limit + 1))
      assert.throws(() => over.next(), { code: 'ERR_MILLRACE_TOO_LARGE' })
      for (const other of ['control', 'forth', 'back'] as const) {
        if (row.places.includes(other)) continue
        const wrong = new FrameReader(other)
        wrong.push(header(0))
        assert.throws(() => wrong.next(), { code: 'ERR_MILLRACE_UNEXPECTED' })
      }
    })
  }

  test('made of any bytes throw nothing but MillraceError', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), fc.constantFrom('control', 'forth', 'back'), (chunks, place) => {
        try {
          read(new FrameReader(place), chunks)
        } catch (error) {
          assert.ok(error instanceof MillraceError, String(error))
        }
      }),
    )
  })
})
