// RFC 9000 sections 2 to 4: streams, their states, flow control.
import { type Coverage, tested } from '../../coverage.ts'

const STREAMS = 'quic/test/streams'
const STREAM_PARTS = 'quic/src/core/streams/streams'
const FLOW_CONTROL = 'quic/test/flow-control'
const VIOLATIONS = 'quic/test/support/violations.ts'

export const STREAM_RULES: Coverage = {
  '9000-2.1-1': tested(STREAMS, 'streams in turn: limits grow as streams end, and ids are used once'),
  '9000-2.2-1': [
    ...tested('quic/test/transfer', '10 MB arrive intact both ways at'),
    ...tested('quic/src/core/streams/receive-buffer', 'any cut, order, overlap and repetition gives the same bytes'),
  ],
  '9000-2.2-2': tested(
    'quic/src/core/streams/send-buffer',
    'agrees with a plain model, whatever is sent, lost and acknowledged in whatever order',
  ),
  '9000-2.2-3': tested(FLOW_CONTROL, 'nobody ever sends more than was allowed'),
  '9000-3.2-1': [
    ...tested(STREAM_PARTS, 'a stream opens those below it, in order'),
    ...tested(STREAMS, 'streams open without data share a packet, and a higher one opens those below'),
  ],
  '9000-3.3-1': tested(
    STREAM_PARTS,
    'resets and stops, until the stream has no use for them',
    'blocked, only while still blocked at that limit',
  ),
  '9000-3.3-2': [
    ...tested(
      'quic/src/core/streams/send-stream',
      'a reset drops everything, and ends when it is delivered',
      'is not writable once it was ended or reset',
    ),
    ...tested(STREAMS, 'resets in every state of the sender'),
  ],
  '9000-3.5-1': tested(STREAMS, 'a stopped stream is reset with the same code, once, and its owner is told once'),
  '9000-4.1-1': tested(
    FLOW_CONTROL,
    'nobody ever sends more than was allowed',
    'the connection sends up to its limit, over all streams together',
  ),
  '9000-4.1-2': tested(
    VIOLATIONS,
    'one byte more than the stream allows (bidirectional)',
    'one byte more than the stream allows (unidirectional)',
    'one byte more than the connection allows',
  ),
  '9000-4.1-3': [
    ...tested('quic/src/core/streams/flow-control', 'limits only grow'),
    ...tested('quic/test/violations', 'limits that shrink'),
  ],
  '9000-4.2-1': tested(STREAM_PARTS, 'MAX_STREAM_DATA and MAX_DATA follow the reader'),
  '9000-4.4-1': tested(STREAMS, 'both halves of a stream live and end on their own'),
  '9000-4.5-1': [
    ...tested(FLOW_CONTROL, 'reset with data that never arrived', 'stopped by the reader while the sender goes on'),
    ...tested(STREAM_PARTS, 'a reset gives the connection its credit back without a reader'),
  ],
  '9000-4.5-2': tested(
    'quic/src/core/streams/send-stream',
    'is not writable once it was ended or reset',
    'the end goes with the last bytes',
  ),
  '9000-4.6-1': [
    ...tested('quic/test/handshake-violations', 'initial_max_streams_bidi above 2^60'),
    ...tested(
      VIOLATIONS,
      'MAX_STREAMS (bidirectional) above 2^60',
      'MAX_STREAMS (unidirectional) above 2^60',
      'STREAMS_BLOCKED above 2^60',
    ),
  ],
  '9000-4.6-2': [
    ...tested('quic/test/session', 'more streams than the limit allows are opened in turn'),
    ...tested('quic/src/core/streams/stream-limits', 'nothing may be opened before the peer has said so'),
  ],
  '9000-4.6-3': tested(
    VIOLATIONS,
    'STREAM on the first bidirectional stream too many',
    'STREAM on the first unidirectional stream too many',
    'STREAM beyond the limit, from a server',
  ),
  '9000-4.6-4': [
    ...tested('quic/src/core/streams/stream-limits', 'limits only grow'),
    ...tested('quic/test/violations', 'limits that shrink'),
  ],
  '9000-4.6-5': tested(STREAM_PARTS, 'MAX_STREAMS follows as streams end'),
}
