// Frames to test with: at least one for every row of the table and every frame type, and fast-check's way to any other.
import fc from 'fast-check'
import type { Frame, FrameTag } from '../../src/core/wire/frames/index.ts'

const bytes = (length: number, first = 1): Uint8Array => Uint8Array.from({ length }, (_, i) => first + i)

/** Samples by tag. Every one is written so that losing its last byte makes it an error, PADDING alone excepted. */
export const SAMPLES: { readonly [T in FrameTag]: readonly Extract<Frame, { type: T }>[] } = {
  padding: [
    { type: 'padding', length: 1 },
    { type: 'padding', length: 40 },
  ],
  ping: [{ type: 'ping' }],
  ack: [
    { type: 'ack', delay: 0, ranges: [{ smallest: 0, largest: 0 }], ecn: null },
    {
      type: 'ack',
      delay: 20_000,
      ranges: [
        { smallest: 90, largest: 100 },
        { smallest: 70, largest: 88 },
        { smallest: 0, largest: 0 },
      ],
      ecn: null,
    },
    { type: 'ack', delay: 7, ranges: [{ smallest: 2 ** 40, largest: 2 ** 41 }], ecn: { ect0: 9, ect1: 0, ce: 70_000 } },
  ],
  resetStream: [{ type: 'resetStream', stream: 5, code: 0x3fff_ffff_ffff_ffffn, finalSize: 2 ** 40 }],
  stopSending: [{ type: 'stopSending', stream: 64, code: 0n }],
  crypto: [
    { type: 'crypto', offset: 0, data: bytes(3) },
    { type: 'crypto', offset: 70_000, data: bytes(100) },
  ],
  newToken: [
    { type: 'newToken', token: bytes(1) },
    { type: 'newToken', token: bytes(80) },
  ],
  stream: [
    { type: 'stream', stream: 0, offset: 0, fin: false, data: bytes(5) },
    { type: 'stream', stream: 0, offset: 0, fin: true, data: bytes(0) },
    { type: 'stream', stream: 2 ** 31, offset: 2 ** 33, fin: true, data: bytes(64) },
    { type: 'stream', stream: 3, offset: 17, fin: false, data: bytes(1) },
  ],
  maxData: [{ type: 'maxData', limit: Number.MAX_SAFE_INTEGER }],
  maxStreamData: [{ type: 'maxStreamData', stream: 4, limit: 1 }],
  maxStreams: [
    { type: 'maxStreams', direction: 'bidi', limit: 100 },
    { type: 'maxStreams', direction: 'uni', limit: 0 },
  ],
  dataBlocked: [{ type: 'dataBlocked', limit: 65_536 }],
  streamDataBlocked: [{ type: 'streamDataBlocked', stream: 9, limit: 0 }],
  streamsBlocked: [
    { type: 'streamsBlocked', direction: 'bidi', limit: 1 },
    { type: 'streamsBlocked', direction: 'uni', limit: 2 ** 30 },
  ],
  newConnectionId: [
    { type: 'newConnectionId', sequence: 1, retirePriorTo: 0, connectionId: bytes(1), resetToken: bytes(16) },
    { type: 'newConnectionId', sequence: 300, retirePriorTo: 300, connectionId: bytes(20), resetToken: bytes(16, 100) },
  ],
  datagram: [
    { type: 'datagram', data: bytes(1) },
    { type: 'datagram', data: bytes(100) },
  ],
  retireConnectionId: [{ type: 'retireConnectionId', sequence: 3 }],
  pathChallenge: [{ type: 'pathChallenge', data: bytes(8) }],
  pathResponse: [{ type: 'pathResponse', data: bytes(8, 200) }],
  connectionClose: [
    { type: 'connectionClose', layer: 'transport', code: 0x0an, frameType: 0x08, reason: '' },
    { type: 'connectionClose', layer: 'transport', code: 0x128n, frameType: 0, reason: 'no certificate: Zürich ✅' },
    { type: 'connectionClose', layer: 'application', code: 0x3fff_ffff_ffff_ffffn, frameType: 0, reason: 'gone' },
  ],
  handshakeDone: [{ type: 'handshakeDone' }],
  ackFrequency: [
    { type: 'ackFrequency', sequence: 0, threshold: 1, maxAckDelay: 1000, reorderingThreshold: 3 },
    { type: 'ackFrequency', sequence: 70_000, threshold: 0, maxAckDelay: 2 ** 33, reorderingThreshold: 0 },
  ],
  immediateAck: [{ type: 'immediateAck' }],
  resetStreamAt: [
    { type: 'resetStreamAt', stream: 2, code: 7n, finalSize: 0, reliableSize: 0 },
    { type: 'resetStreamAt', stream: 2 ** 31, code: 0x3fff_ffff_ffff_ffffn, finalSize: 2 ** 40, reliableSize: 300 },
  ],
}

/** Plain objects, as the decoder makes them. */
const record = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>
const limit = fc.maxSafeNat()
const stream = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1 })
const code = fc.bigInt(0n, (1n << 62n) - 1n)
const direction = fc.constantFrom('bidi' as const, 'uni' as const)
const upTo = (maxLength: number, minLength = 0): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength }).map((array) => new Uint8Array(array))
const exactly = (length: number): fc.Arbitrary<Uint8Array> => upTo(length, length)
const ranges = fc.array(record({ gap: fc.nat(5000), length: fc.nat(5000) }), { minLength: 1, maxLength: 60 }).map((steps) => {
  let next = 0
  const ascending = steps.map(({ gap, length }) => {
    const smallest = next + gap
    next = smallest + length + 2
    return { smallest, largest: smallest + length }
  })
  return ascending.reverse()
})

/** Any frame that may be sent, by tag. */
export const ARBITRARY: { readonly [T in FrameTag]: fc.Arbitrary<Extract<Frame, { type: T }>> } = {
  padding: record({ type: fc.constant('padding'), length: fc.integer({ min: 1, max: 1200 }) }),
  ping: fc.constant({ type: 'ping' }),
  ack: record({ type: fc.constant('ack'), delay: limit, ranges, ecn: fc.option(record({ ect0: limit, ect1: limit, ce: limit })) }),
  resetStream: record({ type: fc.constant('resetStream'), stream, code, finalSize: limit }),
  resetStreamAt: record({ type: fc.constant('resetStreamAt'), stream, code, finalSize: limit, beyond: fc.nat() }).map(
    ({ beyond, ...rest }) => ({
      ...rest,
      reliableSize: Math.max(0, rest.finalSize - beyond),
    }),
  ),
  stopSending: record({ type: fc.constant('stopSending'), stream, code }),
  crypto: record({ type: fc.constant('crypto'), offset: fc.nat(), data: upTo(300) }),
  newToken: record({ type: fc.constant('newToken'), token: upTo(300, 1) }),
  stream: record({ type: fc.constant('stream'), stream, offset: fc.nat(), fin: fc.boolean(), data: upTo(300) }),
  maxData: record({ type: fc.constant('maxData'), limit }),
  maxStreamData: record({ type: fc.constant('maxStreamData'), stream, limit }),
  maxStreams: record({ type: fc.constant('maxStreams'), direction, limit }),
  dataBlocked: record({ type: fc.constant('dataBlocked'), limit }),
  streamDataBlocked: record({ type: fc.constant('streamDataBlocked'), stream, limit }),
  streamsBlocked: record({ type: fc.constant('streamsBlocked'), direction, limit }),
  newConnectionId: record({
    type: fc.constant('newConnectionId'),
    sequence: limit,
    retire: fc.nat(),
    connectionId: upTo(20, 1),
    resetToken: exactly(16),
  }).map(({ retire, ...rest }) => ({ ...rest, retirePriorTo: Math.min(retire, rest.sequence) })),
  retireConnectionId: record({ type: fc.constant('retireConnectionId'), sequence: limit }),
  pathChallenge: record({ type: fc.constant('pathChallenge'), data: exactly(8) }),
  pathResponse: record({ type: fc.constant('pathResponse'), data: exactly(8) }),
  connectionClose: record({
    type: fc.constant('connectionClose'),
    layer: fc.constantFrom('transport' as const, 'application' as const),
    code,
    frameType: limit,
    reason: fc.string({ unit: 'grapheme', maxLength: 60 }),
  }).map((frame) => (frame.layer === 'transport' ? frame : { ...frame, frameType: 0 })),
  handshakeDone: fc.constant({ type: 'handshakeDone' }),
  ackFrequency: fc.record(
    {
      type: fc.constant('ackFrequency' as const),
      sequence: limit,
      threshold: limit,
      maxAckDelay: limit,
      reorderingThreshold: limit,
    },
    { noNullPrototype: true },
  ),
  immediateAck: fc.constant({ type: 'immediateAck' }),
  datagram: record({ type: fc.constant('datagram'), data: upTo(300) }),
}
