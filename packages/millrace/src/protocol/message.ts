// A message and its wire form: flags (1), tag, id, source time (varints), trace context when flagged, and the packet as the rest
// (docs/protocol.md, section 5). Decoded straight out of the chunk it arrived in; the packet is a view of that chunk, never a copy.

import { type Reader, varintSize, type Writer } from '@millrace/bytes'
import { MillraceError } from '../error.ts'
import { MAX_MESSAGE_BYTES, MAX_TAG } from '../limits.ts'
import { TRACE_BYTES } from './trace-context.ts'

/** What travels: one Y3 packet and what is needed to route, order, confirm and trace it without looking inside. */
export interface Message {
  /** What the data is about: 0 to 2^32 - 1. For data under one Y3 key it is that key. */
  readonly tag: number
  /** Given by the source, the same from end to end: 0 to 2^53 - 1. */
  readonly id: number
  /** When the source took the data, in microseconds since 1970. */
  readonly sourceTimeMicros: number
  /** W3C trace context in its 25-byte wire form, or null. */
  readonly trace: Uint8Array | null
  /** The packet holds more than one primitive under the tag's key: every plugin is shown it, not just the observers of the tag. */
  readonly mixed: boolean
  /** The sender keeps the message until the receiver has said that it is responsible for it now. */
  readonly wantsAcknowledgement: boolean
  /** The Y3 packet, root and all. */
  readonly packet: Uint8Array
}

const WANTS_ACKNOWLEDGEMENT = 0x01
const MIXED = 0x02
const TRACED = 0x04
const KNOWN = 0x07

/** Size of the body in bytes. */
export function messageSize(message: Message): number {
  return messageHeadSize(message) + message.packet.length
}

/** Size in bytes of what stands before the packet. */
export function messageHeadSize(message: Message): number {
  const fields = varintSize(message.tag) + varintSize(message.id) + varintSize(message.sourceTimeMicros)
  return 1 + fields + (message.trace === null ? 0 : TRACE_BYTES)
}

/** Writes what stands before the packet. */
export function writeMessageHead(writer: Writer, message: Message): void {
  const acknowledgement = message.wantsAcknowledgement ? WANTS_ACKNOWLEDGEMENT : 0
  writer.u8(acknowledgement | (message.mixed ? MIXED : 0) | (message.trace === null ? 0 : TRACED))
  writer.varint(message.tag)
  writer.varint(message.id)
  writer.varint(message.sourceTimeMicros)
  if (message.trace !== null) writer.bytes(message.trace)
}

/** Reads a body up to the reader's end. Throws ERR_MILLRACE_MALFORMED and ERR_MILLRACE_TOO_LARGE; BytesError when it is cut. */
export function readMessage(reader: Reader): Message {
  const flags = reader.u8()
  if ((flags & ~KNOWN) !== 0) throw new MillraceError('ERR_MILLRACE_MALFORMED', `message flags 0x${flags.toString(16)} are not known`)
  const tag = reader.varint()
  if (tag > MAX_TAG) throw new MillraceError('ERR_MILLRACE_MALFORMED', `tag ${tag} is over ${MAX_TAG}`)
  const id = reader.varint()
  const sourceTimeMicros = reader.varint()
  const trace = (flags & TRACED) === 0 ? null : reader.view(TRACE_BYTES)
  const length = reader.remaining
  if (length > MAX_MESSAGE_BYTES) throw new MillraceError('ERR_MILLRACE_TOO_LARGE', `a packet of ${length} bytes`)
  return {
    tag,
    id,
    sourceTimeMicros,
    trace,
    mixed: (flags & MIXED) !== 0,
    wantsAcknowledgement: (flags & WANTS_ACKNOWLEDGEMENT) !== 0,
    packet: reader.view(length),
  }
}

/** A message id as people read it: which source run, and the how-manieth message of it. */
export function formatId(id: number): string {
  return `${Math.floor(id / 0x1_0000_0000).toString(16)}-${id % 0x1_0000_0000}`
}
