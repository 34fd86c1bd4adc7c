// Tests that are made from the frame table: what holds for every frame, held for every frame.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader, varintSize, Writer } from '@millrace/bytes'
import fc from 'fast-check'
import { ARBITRARY, SAMPLES } from '../../../../test/support/frame-samples.ts'
import { LEVELS, type Level } from '../../crypto/level.ts'
import { TRANSPORT_ERRORS, type TransportErrorName, TransportViolation } from '../../errors.ts'
import { decodeFrame, encodeFrame, FRAMES, type Frame, type FrameTag, frameName, frameSize, isAckEliciting } from './index.ts'

/** RFC 9000 Table 3 as it is printed, and the frames of draft-ietf-quic-ack-frequency and draft-ietf-quic-reliable-stream-reset: types, name, packets, special rules. */
const TABLE_3 = `
0x00      PADDING              IH01 NP
0x01      PING                 IH01
0x02-0x03 ACK                  IH_1 NC
0x04      RESET_STREAM         __01
0x05      STOP_SENDING         __01
0x06      CRYPTO               IH_1
0x07      NEW_TOKEN            ___1
0x08-0x0f STREAM               __01 F
0x10      MAX_DATA             __01
0x11      MAX_STREAM_DATA      __01
0x12-0x13 MAX_STREAMS          __01
0x14      DATA_BLOCKED         __01
0x15      STREAM_DATA_BLOCKED  __01
0x16-0x17 STREAMS_BLOCKED      __01
0x18      NEW_CONNECTION_ID    __01 P
0x19      RETIRE_CONNECTION_ID __01
0x1a      PATH_CHALLENGE       __01 P
0x1b      PATH_RESPONSE        ___1 P
0x1c      CONNECTION_CLOSE     IH01 N
0x1d      CONNECTION_CLOSE     __01 N
0x1e      HANDSHAKE_DONE       ___1
0x1f      IMMEDIATE_ACK        ___1
0x24      RESET_STREAM_AT      __01
0xaf      ACK_FREQUENCY        ___1`
const LEVEL_LETTERS: Record<Level, string> = { initial: 'I', handshake: 'H', '0rtt': '0', '1rtt': '1' }

const rows = TABLE_3.trim()
  .split('\n')
  .flatMap((line) => {
    const [types = '', name = '', packets = '', rules = ''] = line.split(/\s+/)
    const [first = 0, last = first] = types.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, i) => ({ type: first + i, name, packets, rules }))
  })

test('the table has every frame type of RFC 9000, RFC 9221, ACK frequency and reliable resets, and no other', () => {
  const types = Object.values(FRAMES).flatMap((kind) => kind.wire)
  assert.deepEqual(
    types.toSorted((a, b) => a - b),
    [...rows.map((row) => row.type), 0x30, 0x31].toSorted((a, b) => a - b),
  )
})

for (const { type, name, packets, rules } of rows) {
  const kind = Object.values(FRAMES).find((candidate) => candidate.wire.includes(type))
  test(`frame type 0x${type.toString(16)} is ${name}, with the special rules of Table 3`, () => {
    assert.equal(frameName(type), name)
    assert.equal(isAckEliciting(type), !rules.includes('N'))
    assert.equal(kind?.probing, rules.includes('P'))
  })

  for (const level of LEVELS) {
    const allowed = packets.includes(LEVEL_LETTERS[level])
    test(`0x${type.toString(16)} ${name} ${allowed ? 'may stand' : 'is a PROTOCOL_VIOLATION'} at level ${level}`, () => {
      // Enough zeros to be a whole frame of any type; an error of the frame itself is the sign that it was let in.
      const error = thrownBy(() => decodeFrame(new Reader(Uint8Array.of(...varint(type), ...new Uint8Array(40))), level))
      if (allowed) assert.notEqual(error?.code, TRANSPORT_ERRORS.PROTOCOL_VIOLATION)
      else assert.deepEqual([error?.code, error?.frameType], [TRANSPORT_ERRORS.PROTOCOL_VIOLATION, type])
    })
  }
}

for (const tag of Object.keys(FRAMES) as FrameTag[]) {
  const { name } = FRAMES[tag]
  test(`${name} comes back as it was sent, and takes the bytes that were foretold`, () => {
    for (const frame of SAMPLES[tag]) assertRoundTrip(frame)
    fc.assert(fc.property(ARBITRARY[tag] as fc.Arbitrary<Frame>, assertRoundTrip))
  })

  test(`${name} cut short anywhere is ${tag === 'padding' ? 'less of it' : 'a FRAME_ENCODING_ERROR'}`, () => {
    for (const frame of SAMPLES[tag]) {
      const bytes = encoded(frame)
      for (let length = 0; length < bytes.length; length++) {
        // The bytes that are missing are there in memory, so that only the reader's end can stop it.
        const error = thrownBy(() => decodeFrame(new Reader(bytes, 0, length), '1rtt'))
        const wanted = tag === 'padding' && length > 0 ? undefined : TRANSPORT_ERRORS.FRAME_ENCODING_ERROR
        assert.equal(error?.code, wanted, `${length} of ${bytes.length} bytes`)
      }
    }
  })

  test(`${name} is not written past the room there is`, () => {
    for (const frame of SAMPLES[tag]) {
      const writer = new Writer(new Uint8Array(frameSize(frame)), 0, frameSize(frame) - 1)
      assert.throws(() => encodeFrame(frame, writer), { code: 'NO_ROOM' })
    }
  })
}

test('the samples cover every frame type that the encoder writes', () => {
  const written = new Set<number | undefined>(
    Object.values(SAMPLES).flatMap((frames) => frames.map((frame) => new Reader(encoded(frame)).varint())),
  )
  const missing = rows.map((row) => row.type).filter((type) => !written.has(type))
  // STREAM is written with its length, and without an offset only at 0.
  assert.deepEqual(missing, [0x08, 0x09, 0x0c, 0x0d])
})

test('whatever the bytes, only a TransportViolation is thrown, and something is always read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...LEVELS), (bytes, level) => {
      const reader = new Reader(bytes)
      while (reader.remaining > 0) {
        const before = reader.offset
        if (thrownBy(() => decodeFrame(reader, level)) !== null) return
        assert.ok(reader.offset > before && reader.offset <= bytes.length)
      }
    }),
    { numRuns: 2000 },
  )
})

test('frames with a bit flipped either decode or are a violation', () => {
  const frames = fc.oneof(...(Object.values(ARBITRARY) as fc.Arbitrary<Frame>[]))
  fc.assert(
    fc.property(frames, fc.nat(), (frame, where) => {
      const bytes = encoded(frame)
      const bit = where % (bytes.length * 8)
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      const reader = new Reader(bytes)
      thrownBy(() => decodeFrame(reader, '1rtt'))
      assert.ok(reader.offset <= bytes.length)
    }),
    { numRuns: 1000 },
  )
})

/** Bytes, the error that they are, and why. */
const MALFORMED: readonly [why: string, hex: string, error: TransportErrorName][] = [
  ['an unknown frame type', '20', 'FRAME_ENCODING_ERROR'],
  ['an unknown frame type of two bytes', '7aaa', 'FRAME_ENCODING_ERROR'],
  ['an unknown frame type of eight bytes', 'ffffffffffffffff', 'FRAME_ENCODING_ERROR'],
  ['a frame type that is not there', '', 'FRAME_ENCODING_ERROR'],
  ['half a frame type', '40', 'FRAME_ENCODING_ERROR'],
  ['PING in two bytes', '4001', 'PROTOCOL_VIOLATION'],
  ['PADDING in four bytes', '80000000', 'PROTOCOL_VIOLATION'],
  ['an unknown type in more bytes than it needs', '8000007f', 'PROTOCOL_VIOLATION'],
  ['an ACK whose first range goes below zero', '02050000' + '06', 'FRAME_ENCODING_ERROR'],
  ['an ACK whose gap goes below zero', '0205000101' + '0400', 'FRAME_ENCODING_ERROR'],
  ['an ACK whose second range goes below zero', '0209000101' + '0403', 'FRAME_ENCODING_ERROR'],
  ['an ACK with more ranges than bytes', '0240ff00bfffffff00', 'FRAME_ENCODING_ERROR'],
  ['an ACK with 2^62 - 1 ranges', '020000ffffffffffffffff00', 'FRAME_ENCODING_ERROR'],
  ['an ACK without its ECN counts', '0300000000', 'FRAME_ENCODING_ERROR'],
  ['an empty NEW_TOKEN', '0700', 'FRAME_ENCODING_ERROR'],
  ['a NEW_TOKEN longer than the packet', '07ffffffffffffffff00', 'FRAME_ENCODING_ERROR'],
  ['CRYPTO past 2^62 - 1', '06ffffffffffffffff0100', 'CRYPTO_BUFFER_EXCEEDED'],
  ['CRYPTO longer than the packet', '06000500', 'FRAME_ENCODING_ERROR'],
  ['STREAM longer than the packet', '0a000500', 'FRAME_ENCODING_ERROR'],
  ['STREAM past 2^62 - 1', '0e00ffffffffffffffff0100', 'FLOW_CONTROL_ERROR'],
  ['STREAM past 2^62 - 1, to the end of the packet', '0c00ffffffffffffffff00', 'FLOW_CONTROL_ERROR'],
  ['a stream id that no limit reaches', '05ffffffffffffffff00', 'STREAM_LIMIT_ERROR'],
  ['MAX_STREAMS of 2^60 + 1', '12d000000000000001', 'FRAME_ENCODING_ERROR'],
  ['STREAMS_BLOCKED at 2^60 + 1', '17d000000000000001', 'FRAME_ENCODING_ERROR'],
  ['NEW_CONNECTION_ID of 0 bytes', `18010000${'00'.repeat(16)}`, 'FRAME_ENCODING_ERROR'],
  ['NEW_CONNECTION_ID of 21 bytes', `18010015${'00'.repeat(37)}`, 'FRAME_ENCODING_ERROR'],
  ['NEW_CONNECTION_ID that retires itself', `18010201ff${'00'.repeat(16)}`, 'FRAME_ENCODING_ERROR'],
  ['a reason longer than the packet', '1c000005ff', 'FRAME_ENCODING_ERROR'],
]

for (const [why, hex, name] of MALFORMED) {
  test(`${why} is a ${name}`, () => {
    const error = thrownBy(() => decodeFrame(new Reader(Buffer.from(hex, 'hex')), '1rtt'))
    assert.equal(error?.code, TRANSPORT_ERRORS[name], `${error}`)
  })
}

test('an unknown frame is blamed by its type', () => {
  assert.equal(thrownBy(() => decodeFrame(new Reader(Buffer.from('7aaa', 'hex')), '1rtt'))?.frameType, 0x3aaa)
})

test('limits saturate, since peers do send 2^62 - 1; MAX_STREAMS takes 2^60', () => {
  assert.deepEqual(decoded('10ffffffffffffffff'), { type: 'maxData', limit: Number.MAX_SAFE_INTEGER })
  assert.deepEqual(decoded('12d000000000000000'), { type: 'maxStreams', direction: 'bidi', limit: Number.MAX_SAFE_INTEGER })
})

test('application codes are read to the last bit', () => {
  assert.deepEqual(decoded('0500fffffffffffffffe'), { type: 'stopSending', stream: 0, code: 0x3fff_ffff_ffff_fffen })
})

test('a run of PADDING is one frame and ends where another begins', () => {
  const reader = new Reader(Buffer.from('0000000100', 'hex'))
  assert.deepEqual(decodeFrame(reader, 'initial'), { type: 'padding', length: 3 })
  assert.deepEqual(decodeFrame(reader, 'initial'), { type: 'ping' })
  assert.deepEqual(decodeFrame(reader, 'initial'), { type: 'padding', length: 1 })
  assert.equal(reader.remaining, 0)
})

test('data of STREAM and CRYPTO are views of the packet; what outlives it is copied', () => {
  const packet = Buffer.concat([...SAMPLES.stream.slice(0, 1), ...SAMPLES.crypto.slice(0, 1), ...SAMPLES.newToken].map(encoded))
  const reader = new Reader(packet)
  const [stream, crypto, token] = [decodeFrame(reader, '1rtt'), decodeFrame(reader, '1rtt'), decodeFrame(reader, '1rtt')]
  packet.fill(0xee)
  assert.ok(stream.type === 'stream' && stream.data.every((byte) => byte === 0xee))
  assert.ok(crypto.type === 'crypto' && crypto.data.every((byte) => byte === 0xee))
  assert.ok(token.type === 'newToken')
  assert.deepEqual(token, SAMPLES.newToken[0])
})

test('a reason that is not UTF-8 is still shown', () => {
  assert.deepEqual(decoded('1d0002ff41'), { type: 'connectionClose', layer: 'application', code: 0n, frameType: 0, reason: '\ufffdA' })
})

function assertRoundTrip(frame: Frame): void {
  const bytes = encoded(frame)
  const reader = new Reader(bytes)
  assert.deepEqual(decodeFrame(reader, '1rtt'), frame)
  assert.equal(reader.remaining, 0)
}

/** Exactly the bytes that `frameSize` foretold: fewer would leave room, more would throw. */
function encoded(frame: Frame): Uint8Array {
  const writer = new Writer(new Uint8Array(frameSize(frame)))
  encodeFrame(frame, writer)
  assert.equal(writer.room, 0)
  return writer.target
}

function decoded(hex: string): Frame {
  const reader = new Reader(Buffer.from(hex, 'hex'))
  const frame = decodeFrame(reader, '1rtt')
  assert.equal(reader.remaining, 0)
  return frame
}

/** The violation that `act` throws, or null; anything else that is thrown fails the test. */
function thrownBy(act: () => unknown): TransportViolation | null {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof TransportViolation, `${error}`)
    return error
  }
  return null
}

function varint(value: number): Uint8Array {
  const writer = new Writer(new Uint8Array(varintSize(value)))
  writer.varint(value)
  return writer.target
}
