// A client's first packet made by hand: an Initial packet with a token and a PING, of 1200 bytes. RFC 9000 section 17.2.2.
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:dgram'
import { Writer } from '@millrace/bytes'
import { Arena, initialKeys, type Sealer } from '@millrace/native'
import { patchLength, writeLongHeader } from '../../src/core/wire/packet-header.ts'
import { send } from './datagrams.ts'

const SIZE = 1200
const TAG_LENGTH = 16
const PING = 0x01
const FIXED_BIT = 0x40

export interface FirstPacketOptions {
  /** The client's own id, random by default. */
  readonly source?: Uint8Array
  /** Whether the bit is clear that all packets have. RFC 9287. */
  readonly quicBitClear?: boolean
}

/** `sealer` has the Initial keys of `dcid`. */
export function firstPacket(dcid: Uint8Array, token: Uint8Array, sealer: Sealer, options: FirstPacketOptions = {}): Buffer {
  const { source = randomBytes(8), quicBitClear = false } = options
  const arena = Arena.allocate(SIZE)
  const writer = new Writer(arena.bytes)
  const lengthAt = writeLongHeader(writer, { type: 'initial', version: 1, dcid, scid: source, token }, 0, 1)
  if (quicBitClear) arena.bytes[0]! &= ~FIXED_BIT
  const payload = writer.offset
  arena.bytes[payload] = PING
  patchLength(arena.bytes, lengthAt, SIZE - payload + 1)
  sealer.seal(arena, 0, payload, 1, SIZE - TAG_LENGTH - payload, 0)
  return arena.bytes
}

/** Sends a datagram and waits for what comes back. */
export async function answer(socket: Socket, datagram: Uint8Array, port: number): Promise<Buffer> {
  const heard = Promise.withResolvers<Buffer>()
  socket.once('message', heard.resolve)
  await send(socket, datagram, port)
  return heard.promise
}

/** An Initial packet that anyone can make: authentic, of 1200 bytes, and of nothing but a PING. */
export function forgedInitial(dcid: Uint8Array, token: Uint8Array = new Uint8Array(0)): Buffer {
  const { sealer, opener } = initialKeys('client', 1, dcid)
  const packet = firstPacket(dcid, token, sealer)
  sealer.release()
  opener.release()
  return packet
}
