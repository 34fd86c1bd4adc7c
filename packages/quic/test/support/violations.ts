// Every rule that a peer can break once the handshake is done: what it sends, and the code that ends the connection. RFC 9000 section 20.1.
import type { TransportErrorName } from '../../src/core/errors.ts'
import { ACTIVE_CONNECTION_ID_LIMIT } from '../../src/core/limits.ts'
import type { Frame, FrameOf } from '../../src/core/wire/frames/index.ts'
import { open } from './connected.ts'
import { bytes, type Content, type Sealing } from './hostile.ts'
import type { End, PairOptions } from './pair.ts'

/** Both ends, in virtual time or over real sockets. */
export interface Ends {
  readonly client: Pick<End, 'connection' | 'side'>
  readonly server: Pick<End, 'connection' | 'side'>
}

export interface Violation {
  readonly what: string
  readonly code: TransportErrorName
  readonly say: (ends: Ends) => readonly Content[]
  /** Frames that come first, in packets of their own, and are no violation. */
  readonly prelude?: (ends: Ends) => readonly (readonly Content[])[]
  readonly sealing?: Sealing
  /** Who breaks the rule; the client unless named. */
  readonly from?: 'server'
  /** What the victim does beforehand. */
  readonly prepare?: (ends: Ends) => void
}

export const OPTIONS: PairOptions = {
  server: {
    initialMaxData: 5000,
    initialMaxStreamDataBidiLocal: 2000,
    initialMaxStreamDataBidiRemote: 2000,
    initialMaxStreamDataUni: 1000,
    initialMaxStreamsBidi: 4,
    initialMaxStreamsUni: 3,
    resetStreamAt: true,
  },
  client: { initialMaxStreamsBidi: 4, initialMaxStreamsUni: 3 },
}

/** Ids as the client opens them. */
export const BIDI = 0
export const UNI = 2
export const SERVER_BIDI = 1
export const SERVER_UNI = 3

export const stream = (id: number, offset: number, length: number, fin: boolean = false): Frame => ({
  type: 'stream',
  stream: id,
  offset,
  fin,
  data: new Uint8Array(length),
})
export const newId = (sequence: number, retirePriorTo = 0, fill: number = sequence): FrameOf<'newConnectionId'> => ({
  type: 'newConnectionId',
  sequence,
  retirePriorTo,
  connectionId: new Uint8Array(8).fill(fill + 1),
  resetToken: new Uint8Array(16).fill(fill),
})
const ping: Frame = { type: 'ping' }
/** The victim opens a stream of its own. */
export const openAtServer =
  (direction: 'bidi' | 'uni'): ((ends: Ends) => void) =>
  (ends) =>
    void open(ends.server, direction)

export const VIOLATIONS: readonly Violation[] = [
  // Streams: limits. RFC 9000 section 4.6.
  { what: 'STREAM on the first bidirectional stream too many', code: 'STREAM_LIMIT_ERROR', say: () => [stream(BIDI + 4 * 4, 0, 1)] },
  { what: 'STREAM on the first unidirectional stream too many', code: 'STREAM_LIMIT_ERROR', say: () => [stream(UNI + 4 * 3, 0, 1)] },
  {
    what: 'STREAM on the highest stream id there is',
    code: 'STREAM_LIMIT_ERROR',
    say: () => [
      bytes((w) => {
        w.u8(0x08)
        w.varint((1n << 62n) - 1n)
      }),
    ],
  },
  {
    what: 'RESET_STREAM beyond the stream limit',
    code: 'STREAM_LIMIT_ERROR',
    say: () => [{ type: 'resetStream', stream: BIDI + 16, code: 0n, finalSize: 0 }],
  },
  {
    what: 'STOP_SENDING beyond the stream limit',
    code: 'STREAM_LIMIT_ERROR',
    say: () => [{ type: 'stopSending', stream: BIDI + 16, code: 0n }],
  },
  {
    what: 'MAX_STREAM_DATA beyond the stream limit',
    code: 'STREAM_LIMIT_ERROR',
    say: () => [{ type: 'maxStreamData', stream: BIDI + 16, limit: 9 }],
  },
  {
    what: 'STREAM_DATA_BLOCKED beyond the stream limit',
    code: 'STREAM_LIMIT_ERROR',
    say: () => [{ type: 'streamDataBlocked', stream: UNI + 12, limit: 9 }],
  },
  {
    what: 'STREAM beyond the limit, from a server',
    code: 'STREAM_LIMIT_ERROR',
    from: 'server',
    say: () => [stream(SERVER_BIDI + 16, 0, 1)],
  },
  {
    what: 'MAX_STREAMS (bidirectional) above 2^60',
    code: 'FRAME_ENCODING_ERROR',
    say: () => [
      bytes((w) => {
        w.u8(0x12)
        w.varint((1n << 60n) + 1n)
      }),
    ],
  },
  {
    what: 'MAX_STREAMS (unidirectional) above 2^60',
    code: 'FRAME_ENCODING_ERROR',
    say: () => [
      bytes((w) => {
        w.u8(0x13)
        w.varint((1n << 60n) + 1n)
      }),
    ],
  },
  {
    what: 'STREAMS_BLOCKED above 2^60',
    code: 'FRAME_ENCODING_ERROR',
    say: () => [
      bytes((w) => {
        w.u8(0x16)
        w.varint((1n << 60n) + 1n)
      }),
    ],
  },

  // Streams: credit. RFC 9000 section 4.1.
  {
    what: 'one byte more than the stream allows (bidirectional)',
    code: 'FLOW_CONTROL_ERROR',
    prelude: () => [[stream(BIDI, 0, 1000)], [stream(BIDI, 1000, 1000)]],
    say: () => [stream(BIDI, 2000, 1)],
  },
  {
    what: 'one byte more than the stream allows (unidirectional)',
    code: 'FLOW_CONTROL_ERROR',
    prelude: () => [[stream(UNI, 0, 1000)]],
    say: () => [stream(UNI, 1000, 1)],
  },
  {
    what: 'one byte more than the connection allows',
    code: 'FLOW_CONTROL_ERROR',
    prelude: () => [[stream(0, 1999, 1)], [stream(4, 1999, 1)], [stream(8, 999, 1)]],
    say: () => [stream(12, 0, 1)],
  },
  {
    what: 'an offset near 2^62',
    code: 'FLOW_CONTROL_ERROR',
    say: () => [
      bytes((w) => {
        w.u8(0x0e)
        w.varint(0)
        w.varint((1n << 62n) - 2n)
        w.varint(1)
        w.u8(1)
      }),
    ],
  },
  {
    what: 'data that ends past 2^62 - 1',
    code: 'FLOW_CONTROL_ERROR',
    say: () => [
      bytes((w) => {
        w.u8(0x0e)
        w.varint(0)
        w.varint((1n << 62n) - 1n)
        w.varint(1)
        w.u8(1)
      }),
    ],
  },
  {
    what: 'RESET_STREAM with a final size over the stream limit',
    code: 'FLOW_CONTROL_ERROR',
    say: () => [{ type: 'resetStream', stream: BIDI, code: 0n, finalSize: 2001 }],
  },
  {
    what: 'RESET_STREAM with a final size over the connection limit',
    code: 'FLOW_CONTROL_ERROR',
    prelude: () => [[stream(0, 1999, 1)], [stream(4, 1999, 1)]],
    say: () => [{ type: 'resetStream', stream: 8, code: 0n, finalSize: 1001 }],
  },

  // Streams: final size. RFC 9000 section 4.5.
  {
    what: 'data past the end of a stream',
    code: 'FINAL_SIZE_ERROR',
    prelude: () => [[stream(BIDI, 0, 10, true)]],
    say: () => [stream(BIDI, 10, 1)],
  },
  {
    what: 'a second FIN elsewhere',
    code: 'FINAL_SIZE_ERROR',
    prelude: () => [[stream(BIDI, 5, 5, true)]],
    say: () => [stream(BIDI, 0, 8, true)],
  },
  {
    what: 'a FIN before data that arrived',
    code: 'FINAL_SIZE_ERROR',
    prelude: () => [[stream(BIDI, 0, 10)]],
    say: () => [stream(BIDI, 0, 9, true)],
  },
  {
    what: 'RESET_STREAM that takes bytes back',
    code: 'FINAL_SIZE_ERROR',
    prelude: () => [[stream(BIDI, 0, 10)]],
    say: () => [{ type: 'resetStream', stream: BIDI, code: 1n, finalSize: 9 }],
  },
  {
    what: 'RESET_STREAM with another size than the FIN',
    code: 'FINAL_SIZE_ERROR',
    prelude: () => [[stream(BIDI, 1, 9, true)]],
    say: () => [{ type: 'resetStream', stream: BIDI, code: 1n, finalSize: 11 }],
  },
  {
    what: 'two RESET_STREAM with two sizes',
    code: 'FINAL_SIZE_ERROR',
    prelude: () => [[{ type: 'resetStream', stream: BIDI, code: 1n, finalSize: 10 }]],
    say: () => [{ type: 'resetStream', stream: BIDI, code: 1n, finalSize: 9 }],
  },
  {
    what: 'data past a reset',
    code: 'FINAL_SIZE_ERROR',
    prelude: () => [[{ type: 'resetStream', stream: BIDI, code: 1n, finalSize: 10 }]],
    say: () => [stream(BIDI, 10, 1)],
  },

  // Streams: state. RFC 9000 sections 19.4 to 19.13.
  {
    what: 'STREAM on a stream that only the victim sends on',
    code: 'STREAM_STATE_ERROR',
    prepare: openAtServer('uni'),
    say: () => [stream(SERVER_UNI, 0, 1)],
  },
  { what: 'STREAM on a stream that the victim has not opened', code: 'STREAM_STATE_ERROR', say: () => [stream(SERVER_BIDI, 0, 1)] },
  {
    what: 'RESET_STREAM on a stream that only the victim sends on',
    code: 'STREAM_STATE_ERROR',
    prepare: openAtServer('uni'),
    say: () => [{ type: 'resetStream', stream: SERVER_UNI, code: 0n, finalSize: 0 }],
  },
  {
    what: 'RESET_STREAM on a stream that the victim has not opened',
    code: 'STREAM_STATE_ERROR',
    say: () => [{ type: 'resetStream', stream: SERVER_BIDI, code: 0n, finalSize: 0 }],
  },
  {
    what: 'STREAM_DATA_BLOCKED on a stream that only the victim sends on',
    code: 'STREAM_STATE_ERROR',
    prepare: openAtServer('uni'),
    say: () => [{ type: 'streamDataBlocked', stream: SERVER_UNI, limit: 0 }],
  },
  {
    what: 'STOP_SENDING on a stream that only the sender of it sends on',
    code: 'STREAM_STATE_ERROR',
    say: () => [{ type: 'stopSending', stream: UNI, code: 0n }],
  },
  {
    what: 'STOP_SENDING on a stream that the victim has not opened',
    code: 'STREAM_STATE_ERROR',
    say: () => [{ type: 'stopSending', stream: SERVER_BIDI, code: 0n }],
  },
  {
    what: 'STOP_SENDING on a unidirectional stream that the victim has not opened',
    code: 'STREAM_STATE_ERROR',
    say: () => [{ type: 'stopSending', stream: SERVER_UNI, code: 0n }],
  },
  {
    what: 'MAX_STREAM_DATA on a stream that only the sender of it sends on',
    code: 'STREAM_STATE_ERROR',
    say: () => [{ type: 'maxStreamData', stream: UNI, limit: 1 }],
  },
  {
    what: 'MAX_STREAM_DATA on a stream that the victim has not opened',
    code: 'STREAM_STATE_ERROR',
    say: () => [{ type: 'maxStreamData', stream: SERVER_BIDI, limit: 1 }],
  },

  // Packets. RFC 9000 sections 12.4 and 17.3.1.
  { what: 'a packet without a frame', code: 'PROTOCOL_VIOLATION', say: () => [] },
  { what: 'a reserved bit', code: 'PROTOCOL_VIOLATION', say: () => [ping], sealing: { bits: 0x08 } },
  { what: 'the other reserved bit', code: 'PROTOCOL_VIOLATION', say: () => [ping], sealing: { bits: 0x10 } },
  { what: 'an unknown frame type', code: 'FRAME_ENCODING_ERROR', say: () => [bytes((w) => w.varint(0x21))] },
  { what: 'a frame type in more bytes than it needs', code: 'PROTOCOL_VIOLATION', say: () => [Uint8Array.of(0x40, 0x01)] },
  { what: 'a frame cut short', code: 'FRAME_ENCODING_ERROR', say: () => [Uint8Array.of(0x00, 0x00, 0x10)] },
  {
    what: 'STREAM with more data promised than there is',
    code: 'FRAME_ENCODING_ERROR',
    say: () => [Uint8Array.of(0x0a, 0x00, 0x20, 1, 2, 3)],
  },
  { what: 'the first violation of two', code: 'STREAM_STATE_ERROR', say: () => [stream(SERVER_BIDI, 0, 1), bytes((w) => w.varint(0x21))] },

  // Acknowledgements. RFC 9000 section 13.1.
  {
    what: 'ACK of a packet that was never sent',
    code: 'PROTOCOL_VIOLATION',
    say: () => [{ type: 'ack', delay: 0, ranges: [{ smallest: 5000, largest: 5000 }], ecn: null }],
  },
  {
    what: 'ACK of everything up to 2^62 - 1',
    code: 'PROTOCOL_VIOLATION',
    say: () => [
      bytes((w) => {
        w.u8(0x02)
        w.varint((1n << 62n) - 1n)
        w.varint(0)
        w.varint(0)
        w.varint((1n << 62n) - 1n)
      }),
    ],
  },
  {
    what: 'ACK with a range below zero',
    code: 'FRAME_ENCODING_ERROR',
    say: () => [
      bytes((w) => {
        w.u8(0x02)
        w.varint(3)
        w.varint(0)
        w.varint(0)
        w.varint(4)
      }),
    ],
  },
  {
    what: 'ACK with a gap below zero',
    code: 'FRAME_ENCODING_ERROR',
    say: () => [
      bytes((w) => {
        w.u8(0x02)
        w.varint(3)
        w.varint(0)
        w.varint(1)
        w.varint(0)
        w.varint(3)
        w.varint(0)
      }),
    ],
  },

  // Connection ids. RFC 9000 sections 5.1, 19.15 and 19.16.
  {
    what: 'more connection ids than were asked for',
    code: 'CONNECTION_ID_LIMIT_ERROR',
    say: () => Array.from({ length: ACTIVE_CONNECTION_ID_LIMIT + 1 }, (_, i) => newId(10 + i)),
  },
  {
    what: 'a sequence number with two connection ids',
    code: 'PROTOCOL_VIOLATION',
    say: () => [newId(10), { ...newId(10), connectionId: new Uint8Array(8).fill(99) }],
    prepare: retireAll,
  },
  {
    what: 'a connection id with two sequence numbers',
    code: 'PROTOCOL_VIOLATION',
    say: () => [newId(10), newId(11, 0, 10)],
    prepare: retireAll,
  },
  {
    what: 'a connection id with two stateless reset tokens',
    code: 'PROTOCOL_VIOLATION',
    say: () => [newId(10), { ...newId(10), resetToken: new Uint8Array(16).fill(99) }],
    prepare: retireAll,
  },
  { what: 'a connection id that retires itself', code: 'FRAME_ENCODING_ERROR', say: () => [newId(10, 11)] },
  { what: 'an empty connection id', code: 'FRAME_ENCODING_ERROR', say: () => [{ ...newId(10), connectionId: new Uint8Array(0) }] },
  { what: 'a connection id of 21 bytes', code: 'FRAME_ENCODING_ERROR', say: () => [{ ...newId(10), connectionId: new Uint8Array(21) }] },
  {
    what: 'connection ids without end, each to be retired at once',
    code: 'CONNECTION_ID_LIMIT_ERROR',
    say: () => Array.from({ length: 30 }, (_, i) => newId(10 + i, 10 + i)),
  },
  {
    what: 'RETIRE_CONNECTION_ID of one never issued',
    code: 'PROTOCOL_VIOLATION',
    say: () => [{ type: 'retireConnectionId', sequence: 77 }],
  },
  {
    what: 'RETIRE_CONNECTION_ID of the one it was sent to',
    code: 'PROTOCOL_VIOLATION',
    say: () => [{ type: 'retireConnectionId', sequence: 0 }],
  },

  // Frames that only one side sends. RFC 9000 sections 19.7 and 19.20.
  { what: 'HANDSHAKE_DONE from a client', code: 'PROTOCOL_VIOLATION', say: () => [{ type: 'handshakeDone' }] },
  { what: 'NEW_TOKEN from a client', code: 'PROTOCOL_VIOLATION', say: () => [{ type: 'newToken', token: Uint8Array.of(1) }] },
  { what: 'NEW_TOKEN with an empty token', code: 'FRAME_ENCODING_ERROR', from: 'server', say: () => [Uint8Array.of(0x07, 0x00)] },

  // CRYPTO after the handshake. RFC 9000 section 7.5.
  {
    what: 'CRYPTO far ahead of what was read',
    code: 'CRYPTO_BUFFER_EXCEEDED',
    say: () => [{ type: 'crypto', offset: 70_000, data: Uint8Array.of(1) }],
  },
  {
    what: 'CRYPTO near 2^62',
    code: 'CRYPTO_BUFFER_EXCEEDED',
    say: () => [
      bytes((w) => {
        w.u8(0x06)
        w.varint((1n << 62n) - 1n)
        w.varint(1)
        w.u8(1)
      }),
    ],
  },
]

/** Makes room: the client's further ids are replaced by one. */
export function retireAll(ends: Ends): void {
  ends.server.connection.remoteIds.accept(newId(9, 9))
}
