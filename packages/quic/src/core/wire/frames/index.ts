// The frame table, and the codec that is driven by it. RFC 9000 sections 12.4 and 19.
import { type Reader, varintSize, type Writer } from '@millrace/bytes'
import type { Level } from '../../crypto/level.ts'
import { TransportViolation } from '../../errors.ts'
import { type Ack, ack } from './ack.ts'
import { type AckFrequencyFrame, ackFrequency } from './ack-frequency.ts'
import { type ConnectionClose, connectionClose } from './connection-close.ts'
import { type Crypto, crypto } from './crypto.ts'
import { type DataBlocked, dataBlocked } from './data-blocked.ts'
import { type Datagram, datagram } from './datagram.ts'
import { type HandshakeDone, handshakeDone } from './handshake-done.ts'
import { type ImmediateAck, immediateAck } from './immediate-ack.ts'
import { asViolation, type FrameKind } from './kind.ts'
import { type MaxData, maxData } from './max-data.ts'
import { type MaxStreamData, maxStreamData } from './max-stream-data.ts'
import { type MaxStreams, maxStreams } from './max-streams.ts'
import { type NewConnectionId, newConnectionId } from './new-connection-id.ts'
import { type NewToken, newToken } from './new-token.ts'
import { type Padding, padding } from './padding.ts'
import { type PathChallenge, pathChallenge } from './path-challenge.ts'
import { type PathResponse, pathResponse } from './path-response.ts'
import { type Ping, ping } from './ping.ts'
import { type ResetStream, resetStream } from './reset-stream.ts'
import { type ResetStreamAt, resetStreamAt } from './reset-stream-at.ts'
import { type RetireConnectionId, retireConnectionId } from './retire-connection-id.ts'
import { type StopSending, stopSending } from './stop-sending.ts'
import { type Stream, stream } from './stream.ts'
import { type StreamDataBlocked, streamDataBlocked } from './stream-data-blocked.ts'
import { type StreamsBlocked, streamsBlocked } from './streams-blocked.ts'

export type Frame =
  | Padding
  | Ping
  | Ack
  | ResetStream
  | ResetStreamAt
  | StopSending
  | Crypto
  | NewToken
  | Stream
  | MaxData
  | MaxStreamData
  | MaxStreams
  | DataBlocked
  | StreamDataBlocked
  | StreamsBlocked
  | NewConnectionId
  | RetireConnectionId
  | PathChallenge
  | PathResponse
  | ConnectionClose
  | HandshakeDone
  | AckFrequencyFrame
  | ImmediateAck
  | Datagram

export type FrameTag = Frame['type']
export type FrameOf<T extends FrameTag> = Extract<Frame, { readonly type: T }>

/** Every frame's row, by its tag. */
export const FRAMES: { readonly [T in FrameTag]: FrameKind<FrameOf<T>> } = {
  padding,
  ping,
  ack,
  resetStream,
  resetStreamAt,
  stopSending,
  crypto,
  newToken,
  stream,
  maxData,
  maxStreamData,
  maxStreams,
  dataBlocked,
  streamDataBlocked,
  streamsBlocked,
  newConnectionId,
  retireConnectionId,
  pathChallenge,
  pathResponse,
  connectionClose,
  handshakeDone,
  ackFrequency,
  immediateAck,
  datagram,
}

/**
 * Reads one frame; a run of PADDING counts as one. Data of STREAM and CRYPTO frames are views of the packet, everything else is copied.
 * Throws TransportViolation, and nothing else, whatever the bytes: FRAME_ENCODING_ERROR for a frame that is unknown, cut short or badly formed,
 * PROTOCOL_VIOLATION for one that may not stand at `level` or whose type is not minimally encoded.
 */
export function decodeFrame(reader: Reader, level: Level): Frame {
  return decodeFrameBody(reader, readFrameType(reader, level))
}

/** Reads a frame type and makes sure that it is known and may stand at `level`. With the type at hand the hot path can take STREAM and ACK itself. */
export function readFrameType(reader: Reader, level: Level): number {
  const isShort = reader.remaining > 0 && reader.source[reader.offset]! < 0x40
  const type = isShort ? reader.u8() : readLongType(reader)
  const entry = entryOf(type)
  if (entry === undefined || (entry.allowed & bitOf(level)) === 0) throw misplaced(type, level)
  return type
}

/** Of a type that is unknown, or may not stand at `level`. */
function misplaced(type: number, level: Level): TransportViolation {
  const entry = entryOf(type)
  if (entry === undefined) return new TransportViolation('FRAME_ENCODING_ERROR', `frame type 0x${type.toString(16)} is unknown`, type)
  return new TransportViolation('PROTOCOL_VIOLATION', `${entry.kind.name} in a packet of level ${level}`, type)
}

/** A frame type of more than one byte, or of none. */
function readLongType(reader: Reader): number {
  const start = reader.offset
  let type: number
  try {
    type = reader.varint()
  } catch (error) {
    throw asViolation(error, 0)
  }
  if (reader.offset - start === varintSize(type)) return type
  throw new TransportViolation('PROTOCOL_VIOLATION', 'frame type is not minimally encoded', type)
}

/** Reads what follows a frame type that `readFrameType` returned. Throws as `decodeFrame` does. */
export function decodeFrameBody(reader: Reader, type: number): Frame {
  try {
    return entryOf(type)!.kind.decode(reader, type)
  } catch (error) {
    throw asViolation(error, type)
  }
}

/** The row of a frame. */
export function kindOf(frame: Frame): FrameKind<Frame> {
  return FRAMES[frame.type] as FrameKind<Frame>
}

/** Bytes that `encodeFrame` will write. */
export function frameSize(frame: Frame): number {
  return kindOf(frame).size(frame)
}

/** Writes the frame. The values are the caller's to get right; throws BytesError when there is no room. */
export function encodeFrame(frame: Frame, writer: Writer): void {
  kindOf(frame).encode(frame, writer)
}

/** Whether a packet with a frame of this type is to be acknowledged. RFC 9000 section 13.2.1. Of a frame object, ask `FRAMES[frame.type].ackEliciting`. */
export function isAckEliciting(type: number): boolean {
  return entryOf(type)?.kind.ackEliciting ?? true
}

/** Whether a frame of this type may probe a path without the peer being taken to have moved there. RFC 9000 section 9.1. */
export function isProbing(type: number): boolean {
  return entryOf(type)?.kind.probing ?? false
}

/** The RFC's name for a frame type, or the number itself if it is unknown. */
export function frameName(type: number): string {
  return entryOf(type)?.kind.name ?? `0x${type.toString(16)}`
}

interface Entry {
  readonly kind: FrameKind<Frame>
  /** The levels at which it may stand, each a bit. */
  readonly allowed: number
}

const BY_TYPE: ReadonlyMap<number, Entry> = new Map(
  Object.values(FRAMES).flatMap((row) => {
    const kind = row as FrameKind<Frame>
    return kind.wire.map((type): [number, Entry] => [type, { kind, allowed: allowedLevels(kind.narrowed?.[type] ?? kind.levels) }])
  }),
)

/** Types that are one byte long, which nearly all are: found without a hash, twice for each frame that arrives. */
const ONE_BYTE: readonly (Entry | undefined)[] = Array.from({ length: 0x40 }, (_, type) => BY_TYPE.get(type))

function entryOf(type: number): Entry | undefined {
  return type < ONE_BYTE.length ? ONE_BYTE[type] : BY_TYPE.get(type)
}

function allowedLevels(levels: readonly Level[]): number {
  return levels.reduce((bits, level) => bits | bitOf(level), 0)
}

/** Compared, and not looked up: V8 keeps no place of a property that goes by several names, and each frame that arrives asks. */
function bitOf(level: Level): number {
  return level === '1rtt' ? 1 : level === 'handshake' ? 2 : level === 'initial' ? 4 : 8
}
