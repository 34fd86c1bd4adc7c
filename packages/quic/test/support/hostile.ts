// A peer that says what it likes: takes over one end's keys, and seals whatever frames the test chooses. The other end is real, and what it answers
// is opened and told frame by frame.
import assert from 'node:assert/strict'
import { BytesError, Reader, Writer } from '@millrace/bytes'
import { Arena } from '@millrace/native'
import { TAG_LENGTH } from '../../src/core/crypto/protection.ts'
import { errorName } from '../../src/core/errors.ts'
import type { PacketSpace } from '../../src/core/packet-space.ts'
import { decodeFrame, encodeFrame, type Frame, type FrameOf, type FrameTag } from '../../src/core/wire/frames/index.ts'
import { PacketHeader, parseHeader, patchLength, writeLongHeader, writeShortHeader } from '../../src/core/wire/packet-header.ts'
import { decodePacketNumber } from '../../src/core/wire/packet-number.ts'
import { VERSION_1 } from '../../src/core/wire/version-negotiation.ts'
import type { End, Pair } from './pair.ts'

/** Of the end that is taken over. */
const CONNECTION_ID_LENGTH = 8

/** Frames, or bytes that are meant to stand where frames do. */
export type Content = Frame | Uint8Array

export interface Sealing {
  readonly level?: 'initial' | 'handshake' | '1rtt'
  /** Bits to set in the first byte, beneath header protection. */
  readonly bits?: number
  /** Packet number; the next one by default. */
  readonly number?: number
  /** Least bytes that the datagram has; 1200 for an Initial packet by default. */
  readonly datagram?: number
  readonly token?: Uint8Array
  /** Source connection id, if not the true one. */
  readonly source?: Uint8Array
  /** Destination connection id, if not the victim's. */
  readonly destination?: Uint8Array
}

const SIZE = 2048
/** Far from every number that the real end has used. */
const FIRST_NUMBER = 1000
const NUMBER_LENGTH = 4

export class Hostile {
  /** The end whose keys these are; it takes no further part. */
  readonly #us: End
  readonly #victim: End
  readonly #pair: Pair
  readonly #outgoing = Arena.allocate(SIZE)
  readonly #incoming = Arena.allocate(SIZE)
  readonly #header = new PacketHeader()
  #next = FIRST_NUMBER
  /** The last packet number heard in a space, against which the next is lengthened. */
  readonly #largest = new Map<PacketSpace, number>()
  /** All frames that the victim sent since the takeover. */
  readonly heard: Frame[] = []

  constructor(pair: Pair, us: End = pair.client) {
    this.#pair = pair
    this.#us = us
    this.#victim = us === pair.client ? pair.server : pair.client
  }

  /** Sends one packet with these frames, and hears what the victim answers at once. */
  send(content: readonly Content[], sealing: Sealing = {}): this {
    return this.deliver(this.seal(content, sealing))
  }

  deliver(...datagrams: readonly Buffer[]): this {
    for (const datagram of datagrams) this.#victim.receive(datagram, this.#pair.now)
    return this.listen()
  }

  /** Takes what the victim has to say, after some time if asked. */
  listen(afterMillis = 0): this {
    const until = this.#pair.now + afterMillis
    for (;;) {
      this.#hear()
      const at = this.#victim.connection.wakeAt()
      if (at === null || at > until) break
      this.#pair.now = Math.max(this.#pair.now, at)
      this.#victim.connection.wake(this.#pair.now)
      this.#victim.drain()
    }
    this.#pair.now = until
    return this
  }

  /** A sealed packet. */
  seal(content: readonly Content[], sealing: Sealing = {}): Buffer {
    const level = sealing.level ?? '1rtt'
    const space = this.#us.connection.space(level)
    assert.ok(space.sealer !== null, `there are no keys to seal ${level} packets`)
    const number = sealing.number ?? this.#next++
    const writer = new Writer(this.#outgoing.bytes)
    const { bytes } = this.#outgoing
    const dcid = sealing.destination ?? this.#victim.connection.localIds.first
    const scid = sealing.source ?? this.#us.connection.localIds.first
    let lengthAt = -1
    if (level === '1rtt') writeShortHeader(writer, dcid, number, NUMBER_LENGTH, false, false)
    else {
      const token = sealing.token === undefined ? {} : { token: sealing.token }
      lengthAt = writeLongHeader(writer, { type: level, version: VERSION_1, dcid, scid, ...token }, number, NUMBER_LENGTH)
    }
    bytes[0]! |= sealing.bits ?? 0
    const start = writer.offset
    for (const part of content) {
      if (part instanceof Uint8Array) writer.bytes(part)
      else encodeFrame(part, writer)
    }
    const least = sealing.datagram ?? (level === 'initial' ? 1200 : 0)
    if (least > writer.offset + TAG_LENGTH) writer.zeros(least - writer.offset - TAG_LENGTH)
    const length = writer.offset - start
    if (lengthAt >= 0) patchLength(bytes, lengthAt, NUMBER_LENGTH + length + TAG_LENGTH)
    space.sealer.seal(this.#outgoing, 0, start, NUMBER_LENGTH, length, number)
    return Buffer.from(bytes.subarray(0, writer.offset + TAG_LENGTH))
  }

  /** Frames of one kind that were heard. */
  all<T extends FrameTag>(type: T): FrameOf<T>[] {
    return this.heard.filter((frame): frame is FrameOf<T> => frame.type === type)
  }

  /** The name of the code with which the victim closed; null while it has not. */
  get verdict(): string | null {
    const close = this.all('connectionClose')[0]
    return close === undefined ? null : close.layer === 'application' ? `application ${close.code}` : errorName(close.code)
  }

  #hear(): void {
    for (let datagram = this.#victim.transmit(this.#pair.now); datagram !== null; datagram = this.#victim.transmit(this.#pair.now)) {
      datagram.copy(this.#incoming.bytes)
      let at = 0
      while (at < datagram.length) {
        if (parseHeader(this.#incoming.bytes, at, datagram.length, CONNECTION_ID_LENGTH, this.#header) === null) break
        this.#openPacket(at)
        at = this.#header.end
      }
    }
  }

  #openPacket(start: number): void {
    const header = this.#header
    const { type } = header
    if (type !== 'initial' && type !== 'handshake' && type !== '1rtt') return
    const space: PacketSpace = this.#us.connection.space(type)
    if (space.opener === null) return
    const { bytes } = this.#incoming
    const length = space.opener.unmask(this.#incoming, start, header.packetNumberOffset)
    const payload = header.packetNumberOffset + length
    let truncated = 0
    for (let i = header.packetNumberOffset; i < payload; i++) truncated = truncated * 256 + bytes[i]!
    const number = decodePacketNumber(Math.max(space.received.largest, this.#largest.get(space) ?? -1), truncated, length)
    if (!space.opener.open(this.#incoming, start, payload - start, header.end - payload, number)) return
    this.#largest.set(space, number)
    const reader = new Reader(bytes, payload, header.end - TAG_LENGTH)
    while (reader.remaining > 0) this.heard.push(owned(decodeFrame(reader, type)))
  }
}

/** Views of the packet become copies, to outlive it. */
function owned(frame: Frame): Frame {
  return 'data' in frame ? { ...frame, data: new Uint8Array(frame.data) } : frame
}

/** Encodes frames by hand, where `encodeFrame` is too well behaved. */
export function bytes(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(new Uint8Array(SIZE))
  try {
    write(writer)
  } catch (error) {
    throw error instanceof BytesError ? new Error('too much for one packet') : error
  }
  return writer.target.slice(0, writer.offset)
}
