import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Reader, Writer } from '@millrace/bytes'
import fc from 'fast-check'
import { TRANSPORT_ERRORS } from '../errors.ts'
import { MAX_CRYPTO_BUFFER, MAX_CRYPTO_TOTAL } from '../limits.ts'
import { SentPacket } from '../recovery/sent-packet.ts'
import { decodeFrame, type FrameOf } from '../wire/frames/index.ts'
import { CryptoStream } from './crypto-stream.ts'

const MESSAGE = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff))

function packet(stream: CryptoStream, room: number): { packet: SentPacket; frames: FrameOf<'crypto'>[] } {
  const writer = new Writer(Buffer.alloc(room))
  const sent = new SentPacket()
  sent.reset(0)
  stream.fill(sent, writer)
  const reader = new Reader(writer.target, 0, writer.offset)
  const frames: FrameOf<'crypto'>[] = []
  while (reader.remaining > 0) {
    const frame = decodeFrame(reader, 'initial')
    assert.ok(frame.type === 'crypto')
    frames.push(frame)
  }
  return { packet: sent, frames }
}

function readAll(stream: CryptoStream): Buffer {
  const chunks: Uint8Array[] = []
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function refused(code: 'CRYPTO_BUFFER_EXCEEDED' | 'PROTOCOL_VIOLATION', act: () => void): void {
  assert.throws(act, { name: 'TransportViolation', code: TRANSPORT_ERRORS[code] })
}

describe('CryptoStream, sending', () => {
  test('a message goes out in as many packets as it needs', () => {
    const [from, to] = [new CryptoStream(), new CryptoStream()]
    from.write(MESSAGE)
    let count = 0
    while (from.wantsToSend) {
      for (const frame of packet(from, 1000).frames) to.receive(frame.offset, frame.data)
      count++
    }
    assert.equal(count, 6)
    assert.ok(readAll(to).equals(MESSAGE))
    assert.equal(from.unacknowledged, true)
  })

  test('whatever is lost and delivered, in the end all has arrived', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.record({ room: fc.integer({ min: 30, max: 1200 }), arrives: fc.boolean() })), (fates) => {
        const [from, to] = [new CryptoStream(), new CryptoStream()]
        from.write(MESSAGE.subarray(0, 2000))
        from.write(MESSAGE.subarray(2000))
        let left = 400
        for (const { room, arrives } of fates) {
          const { packet: sent, frames } = packet(from, room)
          if (frames.length === 0 || left-- === 0) break
          if (arrives) {
            for (const frame of frames) to.receive(frame.offset, frame.data)
            sent.deliverChunks()
          } else sent.loseChunks()
        }
        while (from.wantsToSend) {
          const { packet: sent, frames } = packet(from, 1200)
          for (const frame of frames) to.receive(frame.offset, frame.data)
          sent.deliverChunks()
        }
        assert.equal(from.unacknowledged, false)
        assert.ok(readAll(to).equals(MESSAGE))
      }),
      { numRuns: 60 },
    )
  })

  test('a frame for a few bytes is left to the next packet, unless there are no more', () => {
    const stream = new CryptoStream()
    stream.write(MESSAGE.subarray(0, 100))
    assert.deepEqual(packet(stream, 10).frames, [])
    stream.write(MESSAGE.subarray(100, 103))
    packet(stream, 104)
    assert.equal(packet(stream, 12).frames[0]?.data.length, 3)
  })

  test('a probe repeats what was not acknowledged', () => {
    const stream = new CryptoStream()
    stream.write(MESSAGE.subarray(0, 300))
    const first = packet(stream, 150)
    packet(stream, 1000)
    first.packet.deliverChunks()
    assert.equal(stream.wantsToSend, false)
    stream.sendAgain()
    const [frame] = packet(stream, 1000).frames
    assert.equal(frame!.offset, first.frames[0]!.data.length)
    assert.equal(frame!.offset + frame!.data.length, 300)
  })
})

describe('CryptoStream, receiving', () => {
  test('bytes come out in order', () => {
    const stream = new CryptoStream()
    stream.receive(3, Buffer.from('def'))
    assert.equal(stream.read(), null)
    stream.receive(0, Buffer.from('abcd'))
    assert.equal(readAll(stream).toString(), 'abcdef')
  })

  test('what is held out of order is bounded, from where reading stands', () => {
    const stream = new CryptoStream()
    stream.receive(MAX_CRYPTO_BUFFER - 1, Uint8Array.of(1))
    refused('CRYPTO_BUFFER_EXCEEDED', () => stream.receive(MAX_CRYPTO_BUFFER, Uint8Array.of(1)))
    stream.receive(0, MESSAGE)
    readAll(stream)
    stream.receive(MAX_CRYPTO_BUFFER, Uint8Array.of(1))
  })

  test('even what is read at once ends somewhere', () => {
    const stream = new CryptoStream()
    const piece = Buffer.alloc(16_384)
    for (let offset = 0; offset < MAX_CRYPTO_TOTAL; offset += piece.length) {
      stream.receive(offset, piece)
      readAll(stream)
    }
    refused('CRYPTO_BUFFER_EXCEEDED', () => stream.receive(MAX_CRYPTO_TOTAL, Uint8Array.of(1)))
  })

  test('once TLS has moved on, only repetitions may arrive', () => {
    const stream = new CryptoStream()
    stream.receive(0, Buffer.from('abc'))
    readAll(stream)
    stream.endReading()
    stream.receive(0, Buffer.from('abc'))
    assert.equal(stream.read(), null)
    refused('PROTOCOL_VIOLATION', () => stream.receive(2, Buffer.from('cd')))
  })
})
