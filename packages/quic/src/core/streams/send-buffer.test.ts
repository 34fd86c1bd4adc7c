import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { SendBuffer } from './send-buffer.ts'

const text = (buffer: SendBuffer, offset: number, length: number): string => {
  const target = Buffer.alloc(length)
  buffer.send(offset, length, target, 0)
  return target.toString()
}

describe('SendBuffer', () => {
  test('gives out what was written, over the borders of chunks', () => {
    const buffer = new SendBuffer()
    for (const chunk of ['ab', '', 'cde', 'f']) buffer.write(Buffer.from(chunk))
    assert.deepEqual([buffer.end, buffer.next, buffer.held], [6, 0, 6])
    assert.equal(text(buffer, 0, 4), 'abcd')
    assert.equal(buffer.next, 4)
    assert.equal(text(buffer, 4, 2), 'ef')
    assert.equal(buffer.hasLost, false)
  })

  test('writes where it is told to, and nowhere else', () => {
    const buffer = new SendBuffer()
    buffer.write(Buffer.from('abc'))
    const target = Buffer.alloc(7, '.')
    buffer.send(0, 3, target, 2)
    assert.equal(target.toString(), '..abc..')
  })

  test('frees what is acknowledged without a gap, and says how much', () => {
    const buffer = new SendBuffer()
    buffer.write(Buffer.from('abcdefghij'))
    text(buffer, 0, 10)
    assert.equal(buffer.acknowledge(4, 2), 0)
    assert.equal(buffer.acknowledge(0, 4), 6)
    assert.equal(buffer.acknowledge(0, 5), 0, 'old news')
    assert.equal(buffer.held, 4)
    assert.equal(buffer.acknowledge(6, 4), 4)
    assert.ok(buffer.allAcknowledged)
  })

  test('sends again what was lost, save what was delivered otherwise', () => {
    const buffer = new SendBuffer()
    buffer.write(Buffer.from('abcdefghij'))
    text(buffer, 0, 10)
    buffer.acknowledge(3, 2)
    buffer.lose(0, 8)
    assert.deepEqual([buffer.lostAt, buffer.lostRun], [0, 3])
    assert.equal(text(buffer, 0, 3), 'abc')
    assert.deepEqual([buffer.lostAt, buffer.lostRun], [5, 3])
    buffer.acknowledge(5, 3)
    assert.equal(buffer.hasLost, false)
  })

  test('a loss below what is acknowledged is none', () => {
    const buffer = new SendBuffer()
    buffer.write(Buffer.from('abcdef'))
    text(buffer, 0, 6)
    buffer.acknowledge(0, 4)
    buffer.lose(0, 4)
    assert.equal(buffer.hasLost, false)
    buffer.lose(2, 4)
    assert.deepEqual([buffer.lostAt, buffer.lostRun], [4, 2])
  })

  test('a cleared buffer holds nothing, and ends where sending stopped', () => {
    const buffer = new SendBuffer()
    buffer.write(Buffer.from('abcdef'))
    text(buffer, 0, 4)
    buffer.lose(0, 2)
    buffer.clear()
    assert.deepEqual([buffer.end, buffer.next, buffer.held, buffer.hasLost, buffer.allAcknowledged], [4, 4, 0, false, true])
  })

  test('thousands of small chunks stay in order', () => {
    const buffer = new SendBuffer()
    let sent = ''
    for (let i = 0; i < 3000; i++) {
      buffer.write(Buffer.from(`${i % 10}`))
      if (i % 3 !== 2) continue
      sent += text(buffer, buffer.next, 3)
      if (i > 1000) buffer.acknowledge(i - 1000, 3)
      if (i === 1001) buffer.acknowledge(0, 1000)
    }
    assert.equal(sent, '0123456789'.repeat(300))
  })

  test('agrees with a plain model, whatever is sent, lost and acknowledged in whatever order', () => {
    type Fate = 'unsent' | 'flying' | 'lost' | 'acknowledged'
    const step = fc.record({
      kind: fc.constantFrom('write', 'sendNew', 'sendLost', 'acknowledge', 'lose'),
      at: fc.nat(),
      length: fc.integer({ min: 1, max: 40 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const buffer = new SendBuffer()
        const bytes: number[] = []
        const fates: Fate[] = []
        /** What is sent and acknowledged or lost comes in pieces that were sent. */
        const pieces: { offset: number; length: number }[] = []
        const send = (offset: number, wanted: number): void => {
          const target = Buffer.alloc(wanted)
          buffer.send(offset, wanted, target, 0)
          assert.deepEqual([...target], bytes.slice(offset, offset + wanted))
          fates.fill('flying', offset, offset + wanted)
          pieces.push({ offset, length: wanted })
        }
        for (const { kind, at, length } of steps) {
          const piece = pieces[at % Math.max(1, pieces.length)]
          if (kind === 'write') {
            const chunk = Uint8Array.from({ length }, (_, i) => (at + i * 7) & 0xff)
            buffer.write(chunk)
            bytes.push(...chunk)
            fates.push(...Array<Fate>(length).fill('unsent'))
          } else if (kind === 'sendNew' && buffer.end > buffer.next) send(buffer.next, Math.min(length, buffer.end - buffer.next))
          else if (kind === 'sendLost' && buffer.hasLost) send(buffer.lostAt, Math.min(length, buffer.lostRun))
          else if (kind === 'acknowledge' && piece) {
            const before = base(fates)
            const freed = buffer.acknowledge(piece.offset, piece.length)
            fates.fill('acknowledged', piece.offset, piece.offset + piece.length)
            assert.equal(freed, base(fates) - before)
          } else if (kind === 'lose' && piece) {
            buffer.lose(piece.offset, piece.length)
            for (let i = piece.offset; i < piece.offset + piece.length; i++) if (fates[i] === 'flying') fates[i] = 'lost'
          }
          assert.equal(buffer.end, bytes.length)
          assert.equal(buffer.held, bytes.length - base(fates))
          assert.equal(buffer.allAcknowledged, base(fates) === bytes.length)
          assert.equal(buffer.hasLost, fates.includes('lost'))
          if (!buffer.hasLost) continue
          const first = fates.indexOf('lost')
          assert.equal(buffer.lostAt, first)
          const after = fates.findIndex((fate, i) => i > first && fate !== 'lost')
          assert.equal(buffer.lostRun, (after < 0 ? fates.length : after) - first)
        }

        function base(all: readonly Fate[]): number {
          const first = all.findIndex((fate) => fate !== 'acknowledged')
          return first < 0 ? all.length : first
        }
      }),
      { numRuns: 400 },
    )
  })
})
