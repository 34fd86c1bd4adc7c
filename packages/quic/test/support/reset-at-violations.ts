// What a peer can do wrong with RESET_STREAM_AT, and the code that ends the connection. draft-ietf-quic-reliable-stream-reset sections 4 and 5.2.
import type { Frame } from '../../src/core/wire/frames/index.ts'
import { BIDI, openAtServer, SERVER_BIDI, SERVER_UNI, stream, type Violation } from './violations.ts'

export const resetAt = (id: number, finalSize: number, reliableSize: number, code: bigint = 0n): Frame => ({
  type: 'resetStreamAt',
  stream: id,
  code,
  finalSize,
  reliableSize,
})

export const RESET_AT_VIOLATIONS: readonly Violation[] = [
  {
    what: 'RESET_STREAM_AT that promises more than there is',
    code: 'FRAME_ENCODING_ERROR',
    say: () => [resetAt(BIDI, 10, 11)],
  },
  {
    what: 'RESET_STREAM_AT with a final size over the stream limit',
    code: 'FLOW_CONTROL_ERROR',
    say: () => [resetAt(BIDI, 2001, 1)],
  },
  {
    what: 'RESET_STREAM_AT with a final size over the connection limit',
    code: 'FLOW_CONTROL_ERROR',
    prelude: () => [[stream(0, 1999, 1)], [stream(4, 1999, 1)]],
    say: () => [resetAt(8, 1001, 0)],
  },
  { what: 'RESET_STREAM_AT beyond the stream limit', code: 'STREAM_LIMIT_ERROR', say: () => [resetAt(BIDI + 16, 0, 0)] },
  {
    what: 'RESET_STREAM_AT that takes bytes back',
    code: 'FINAL_SIZE_ERROR',
    prelude: () => [[stream(BIDI, 0, 10)]],
    say: () => [resetAt(BIDI, 9, 9)],
  },
  {
    what: 'RESET_STREAM_AT with another size than the FIN',
    code: 'FINAL_SIZE_ERROR',
    prelude: () => [[stream(BIDI, 1, 9, true)]],
    say: () => [resetAt(BIDI, 11, 5)],
  },
  {
    what: 'two RESET_STREAM_AT with two final sizes',
    code: 'FINAL_SIZE_ERROR',
    prelude: () => [[resetAt(BIDI, 10, 5)]],
    say: () => [resetAt(BIDI, 11, 4)],
  },
  {
    what: 'data past a RESET_STREAM_AT',
    code: 'FINAL_SIZE_ERROR',
    prelude: () => [[resetAt(BIDI, 10, 5)]],
    say: () => [stream(BIDI, 10, 1)],
  },
  {
    what: 'a FIN elsewhere than RESET_STREAM_AT said',
    code: 'FINAL_SIZE_ERROR',
    prelude: () => [[resetAt(BIDI, 10, 5)]],
    say: () => [stream(BIDI, 0, 9, true)],
  },
  {
    what: 'two RESET_STREAM_AT with two codes',
    code: 'STREAM_STATE_ERROR',
    prelude: () => [[resetAt(BIDI, 10, 5, 1n)]],
    say: () => [resetAt(BIDI, 10, 4, 2n)],
  },
  {
    what: 'RESET_STREAM with another code than RESET_STREAM_AT',
    code: 'STREAM_STATE_ERROR',
    prelude: () => [[resetAt(BIDI, 10, 5, 1n)]],
    say: () => [{ type: 'resetStream', stream: BIDI, code: 2n, finalSize: 10 }],
  },
  {
    what: 'RESET_STREAM_AT with another code than RESET_STREAM',
    code: 'STREAM_STATE_ERROR',
    prelude: () => [[{ type: 'resetStream', stream: BIDI, code: 2n, finalSize: 10 }]],
    say: () => [resetAt(BIDI, 10, 5, 1n)],
  },
  {
    what: 'RESET_STREAM_AT on a stream that only the victim sends on',
    code: 'STREAM_STATE_ERROR',
    prepare: openAtServer('uni'),
    say: () => [resetAt(SERVER_UNI, 0, 0)],
  },
  {
    what: 'RESET_STREAM_AT on a stream that the victim has not opened',
    code: 'STREAM_STATE_ERROR',
    say: () => [resetAt(SERVER_BIDI, 0, 0)],
  },
  {
    what: 'RESET_STREAM_AT to who did not offer to take it',
    code: 'FRAME_ENCODING_ERROR',
    from: 'server',
    say: () => [resetAt(SERVER_BIDI, 0, 0)],
  },
]
