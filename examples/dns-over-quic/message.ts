// DNS messages on QUIC streams: two bytes of length, the message, the end. RFC 9250 section 4.2.
import type { QuicStream } from '@millrace/quic'
import { encode, encodingLength, type OptAnswer, type Packet } from 'dns-packet'

/** The application protocol, and its errors. RFC 9250 sections 4.1.1 and 4.3. */
export const ALPN = 'doq'
export const DOQ = { NO_ERROR: 0x0, INTERNAL_ERROR: 0x1, PROTOCOL_ERROR: 0x2, REQUEST_CANCELLED: 0x3, EXCESSIVE_LOAD: 0x4 } as const

/** What a message is padded to a multiple of, so that its length tells little of it. RFC 9250 section 5.4, RFC 8467 section 4.1. */
export const PADDED_QUERY = 128
export const PADDED_RESPONSE = 468

/** A DNS message has a length of two bytes. */
const MAX_MESSAGE = 65_535
/** The option of EDNS that means nothing. RFC 7830. */
const PADDING = 12
/** Of an EDNS option, code and length. RFC 6891 section 6.1.2. */
const OPTION_HEADER = 4

/** The peer broke a rule of RFC 9250; the connection ends with DOQ_PROTOCOL_ERROR. */
export class DoqError extends Error {}

/** The one message of a stream, up to its end. */
export async function readMessage(stream: QuicStream): Promise<Buffer> {
  let received = Buffer.alloc(0)
  for await (const chunks of stream) {
    received = Buffer.concat([received, ...chunks])
    if (received.length > 2 + MAX_MESSAGE) throw new DoqError('more than one message on a stream')
  }
  if (received.length < 2 || received.length !== 2 + received.readUInt16BE(0))
    throw new DoqError('the stream ended elsewhere than its message')
  if (received.length < 4 || received.readUInt16BE(2) !== 0) throw new DoqError('the message id is not 0')
  return received.subarray(2)
}

/** The message as a stream carries it: with id 0 (RFC 9250 section 4.2.1), padded if it speaks EDNS. */
export function framed(packet: Packet, block: number): Buffer {
  const additionals = (packet.additionals ?? []).map((record) => (record.type === 'OPT' ? padded(record, packet, block) : record))
  return prefixed(encode({ ...packet, id: 0, additionals }))
}

/** As TCP carries it, too. RFC 1035 section 4.2.2. */
export function prefixed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.of(message.length >> 8, message.length & 0xff), message])
}

function padded(opt: OptAnswer, packet: Packet, block: number): OptAnswer {
  const options = opt.options.filter(({ code }) => code !== PADDING)
  const others = (packet.additionals ?? []).filter(({ type }) => type !== 'OPT')
  const length = encodingLength({ ...packet, additionals: [...others, { ...opt, options }] }) + OPTION_HEADER
  return { ...opt, options: [...options, { code: PADDING, length: (block - (length % block)) % block }] }
}
