// Frames as qlog has them: one row a frame. draft-ietf-quic-qlog-quic-events, "QUIC Frames".
import { Buffer } from 'node:buffer'
import { errorName } from '../errors.ts'
import { type Frame, type FrameOf, type FrameTag, frameName } from '../wire/frames/index.ts'

export type QlogFrame = Readonly<Record<string, unknown>>

/** `delayExponent` is the ack_delay_exponent of who sent the frame. */
export function qlogFrame(frame: Frame, delayExponent: number): QlogFrame {
  const row = ROWS[frame.type] as (frame: Frame, delayExponent: number) => QlogFrame
  return row(frame, delayExponent)
}

/** A frame that cannot be read; what follows in its packet is unknown too. */
export function unknownFrame(type: number): QlogFrame {
  return { frame_type: 'unknown', frame_type_bytes: type }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

const ROWS: { readonly [T in FrameTag]: (frame: FrameOf<T>, delayExponent: number) => QlogFrame } = {
  padding: (f) => ({ frame_type: 'padding', raw: { payload_length: f.length } }),
  ping: () => ({ frame_type: 'ping' }),
  ack: (f, delayExponent) => ({
    frame_type: 'ack',
    ack_delay: (f.delay * 2 ** delayExponent) / 1000,
    acked_ranges: f.ranges.map(({ smallest, largest }) => (smallest === largest ? [largest] : [smallest, largest])),
    ...f.ecn,
  }),
  resetStream: (f) => ({ frame_type: 'reset_stream', stream_id: f.stream, ...applicationCode(f.code), final_size: f.finalSize }),
  resetStreamAt: (f) => ({
    frame_type: 'reset_stream_at',
    stream_id: f.stream,
    ...applicationCode(f.code),
    final_size: f.finalSize,
    reliable_size: f.reliableSize,
  }),
  stopSending: (f) => ({ frame_type: 'stop_sending', stream_id: f.stream, ...applicationCode(f.code) }),
  crypto: (f) => ({ frame_type: 'crypto', offset: f.offset, raw: data(f.data) }),
  newToken: (f) => ({ frame_type: 'new_token', token: { type: 'resumption', raw: { length: f.token.length, data: hex(f.token) } } }),
  stream: (f) => ({ frame_type: 'stream', stream_id: f.stream, offset: f.offset, fin: f.fin, raw: data(f.data) }),
  maxData: (f) => ({ frame_type: 'max_data', maximum: f.limit }),
  maxStreamData: (f) => ({ frame_type: 'max_stream_data', stream_id: f.stream, maximum: f.limit }),
  maxStreams: (f) => ({ frame_type: 'max_streams', stream_type: streamType(f.direction), maximum: f.limit }),
  dataBlocked: (f) => ({ frame_type: 'data_blocked', limit: f.limit }),
  streamDataBlocked: (f) => ({ frame_type: 'stream_data_blocked', stream_id: f.stream, limit: f.limit }),
  streamsBlocked: (f) => ({ frame_type: 'streams_blocked', stream_type: streamType(f.direction), limit: f.limit }),
  newConnectionId: (f) => ({
    frame_type: 'new_connection_id',
    sequence_number: f.sequence,
    retire_prior_to: f.retirePriorTo,
    connection_id_length: f.connectionId.length,
    connection_id: hex(f.connectionId),
    stateless_reset_token: hex(f.resetToken),
  }),
  retireConnectionId: (f) => ({ frame_type: 'retire_connection_id', sequence_number: f.sequence }),
  pathChallenge: (f) => ({ frame_type: 'path_challenge', data: hex(f.data) }),
  pathResponse: (f) => ({ frame_type: 'path_response', data: hex(f.data) }),
  connectionClose: (f) => ({
    frame_type: 'connection_close',
    error_space: f.layer,
    ...closeCode(f.layer, f.code),
    reason: f.reason,
    ...(f.layer === 'transport' && { trigger_frame_type: f.frameType === 0 ? 0 : frameName(f.frameType).toLowerCase() }),
  }),
  handshakeDone: () => ({ frame_type: 'handshake_done' }),
  datagram: (f) => ({ frame_type: 'datagram', raw: data(f.data) }),
  ackFrequency: (f) => ({
    frame_type: 'ack_frequency',
    sequence_number: f.sequence,
    ack_eliciting_threshold: f.threshold,
    requested_max_ack_delay: f.maxAckDelay,
    reordering_threshold: f.reorderingThreshold,
  }),
  immediateAck: () => ({ frame_type: 'immediate_ack' }),
}

/** A code of CONNECTION_CLOSE: by its name where there is one, and only else by its number. */
function closeCode(layer: 'transport' | 'application', code: bigint): QlogFrame {
  if (layer === 'application') return applicationCode(code)
  const error = transportErrorName(code)
  return { error, ...(error === 'unknown' && { error_code: Number(code) }) }
}

/** qlog's name for a transport error code. */
export function transportErrorName(code: bigint): string {
  if (code >= 0x100n && code <= 0x1ffn) return `crypto_error_0x${code.toString(16)}`
  const name = errorName(code)
  return name.startsWith('0x') ? 'unknown' : name.toLowerCase()
}

function applicationCode(code: bigint): QlogFrame {
  return { error: 'unknown', error_code: Number(code) }
}

function streamType(direction: 'bidi' | 'uni'): string {
  return direction === 'bidi' ? 'bidirectional' : 'unidirectional'
}

function data({ length }: Uint8Array): QlogFrame {
  return { length, payload_length: length }
}
