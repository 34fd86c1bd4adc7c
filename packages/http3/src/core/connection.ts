// One HTTP/3 connection, without its transport: what may arrive on which stream, and the bytes that we say ourselves. RFC 9114.
// It conducts parts: the peer's control stream, QPACK, GOAWAY. Each request stream has a MessageReader of its own.
import { varintSize, Writer } from '@millrace/bytes'
import { ControlReader } from './control-reader.ts'
import { checkLineCount } from './fields/field-lines.ts'
import type { FieldSection } from './fields/field-section.ts'
import { checkRequestFields, joinCookies, type MessageFacts } from './fields/request-fields.ts'
import { checkResponseFields, checkTrailers, isInformational } from './fields/response-fields.ts'
import { Goaway } from './goaway.ts'
import { type MessageHost, MessageReader } from './message-reader.ts'
import { PeerStream, type StreamFate } from './peer-stream.ts'
import type { Http3Log } from './qlog/http3-log.ts'
import { QpackDecoder } from './qpack/decoder.ts'
import { QpackEncoder } from './qpack/encoder.ts'
import type { Side } from './side.ts'
import { frame, writeFrameHeader } from './wire/frame-header.ts'
import { GOAWAY, HEADERS, PRIORITY_UPDATE, SETTINGS } from './wire/frame-types.ts'
import { reservedValue } from './wire/grease.ts'
import { Http3Error } from './wire/http3-error.ts'
import { brokenPromise } from './wire/remembered-settings.ts'
import { DEFAULT_SETTINGS, encodeSettings, type Http3Settings } from './wire/settings.ts'
import { CONTROL_STREAM, DECODER_STREAM, ENCODER_STREAM, PUSH_STREAM, streamType } from './wire/stream-types.ts'

/** Who owns a connection. */
export interface ConnectionHost {
  /** The peer's SETTINGS have arrived. */
  settingsReceived(settings: Http3Settings): void
  /** The peer takes no requests, or pushes, from `id` on. */
  goawayReceived(id: bigint): void
  /** A stream whose reader said `blocked` may go on. */
  unblocked(streamId: number): void
  /** RFC 9218 section 7.2. */
  priorityUpdated(streamId: bigint, value: string): void
  /** Whether another protocol takes unidirectional streams of this type. */
  takesStreamType(type: number): boolean
  /** Whether another protocol takes bidirectional streams that begin with this type. */
  takesSignal(type: number): boolean
  /** Client: the SETTINGS of an earlier connection under which 0-RTT is sent; null where none is, and once it was refused. RFC 9114 section 7.2.4.2. */
  remembered(): Http3Settings | null
}

/** For a setting, a frame and a stream. */
export type Grease = readonly [number, number, number]

export interface ConnectionOptions {
  readonly side: Side
  readonly settings: Http3Settings
  /** Three draws of 0 to below 1, from which reserved values are chosen; null sends none. RFC 9114 sections 6.2.3, 7.2.4.1 and 7.2.8. */
  readonly grease: Grease | null
  readonly host: ConnectionHost
  /** Null, the default, where nobody listens. */
  readonly log?: Http3Log | null
}

export class Http3Connection {
  readonly side: Side
  readonly settings: Http3Settings
  readonly encoder: QpackEncoder = new QpackEncoder()
  readonly decoder: QpackDecoder
  readonly goaway: Goaway
  readonly log: Http3Log | null
  readonly #host: ConnectionHost
  readonly #grease: Grease | null
  readonly #control: ControlReader
  readonly #requests: MessageHost
  readonly #responses = new Map<string, MessageHost>()
  /** Types of which the peer has opened its one stream. */
  readonly #opened = new Set<number>()
  #controlId = 0
  #peer: Http3Settings | null = null

  constructor({ side, settings, grease, host, log = null }: ConnectionOptions) {
    this.side = side
    this.settings = settings
    this.#host = host
    this.log = log
    this.#grease = grease
    this.goaway = new Goaway(side)
    this.decoder = new QpackDecoder({
      maxTableCapacity: settings.qpackMaxTableCapacity,
      blockedStreams: settings.qpackBlockedStreams,
      maxFieldSectionSize: settings.maxFieldSectionSize,
    })
    this.#control = new ControlReader(side === 'client' ? 'server' : 'client', {
      settings: (received) => this.#settingsReceived(received),
      goaway: (id) => {
        this.goaway.receive(id)
        host.goawayReceived(id)
      },
      priorityUpdate: (id, value) => host.priorityUpdated(id, value),
      parsed: (type, payload, length) => {
        if (payload === null) log?.otherParsed(this.#controlId, type, length)
        else log?.controlParsed(this.#controlId, type, payload)
      },
      takesSignal: (type) => host.takesSignal(type),
    })
    this.#requests = this.#messages((fields) => checkRequestFields(fields, settings.enableConnectProtocol))
  }

  /** What the peer said of itself, before that what it said the last time, else what holds of any. RFC 9114 section 7.2.4.2. */
  get peerSettings(): Http3Settings {
    return this.#peer ?? this.#host.remembered() ?? DEFAULT_SETTINGS
  }

  /** Whether the peer's SETTINGS are known, from this connection or from the one that it resumes. */
  get knowsPeerSettings(): boolean {
    return this.#peer !== null || this.#host.remembered() !== null
  }

  // ---- what we say

  /** The beginning of our control stream: its type, SETTINGS, and a frame of a reserved type. RFC 9114 section 6.2.1. */
  controlStream(): Uint8Array {
    const settings = frame(SETTINGS, encodeSettings(this.settings, this.#grease === null ? null : reservedValue(this.#grease[0])))
    const reserved = this.#grease === null ? NOTHING : frame(reservedValue(this.#grease[1]), NOTHING)
    return concat(Uint8Array.of(CONTROL_STREAM), settings, reserved)
  }

  /** A stream that means nothing, which is its type alone; null where none is sent. RFC 9114 section 6.2.3. */
  reservedStream(): { readonly type: number; readonly bytes: Uint8Array } | null {
    if (this.#grease === null) return null
    const type = reservedValue(this.#grease[2])
    return { type, bytes: varint(type) }
  }

  /** The beginning of the stream with our insertions. RFC 9204 section 4.2. */
  encoderStream(): Uint8Array {
    return Uint8Array.of(ENCODER_STREAM)
  }

  /** The beginning of the stream on which we acknowledge the peer's. */
  decoderStream(): Uint8Array {
    return Uint8Array.of(DECODER_STREAM)
  }

  /** A HEADERS frame, with `behind` bytes left free behind it. Take the encoder's instructions afterwards. */
  headers(streamId: number, fields: FieldSection, behind = 0): Uint8Array {
    const section = this.encoder.encode(streamId, fields)
    const size = section.length
    const bytes = new Uint8Array(1 + varintSize(size) + size + behind)
    bytes.set(section, writeFrameHeader(bytes, HEADERS, size))
    this.log?.headersCreated(streamId, fields, size)
    return bytes
  }

  /** A GOAWAY frame; null where as much was said before. */
  sendGoaway(id: bigint): Uint8Array | null {
    return this.goaway.send(id) === null ? null : frame(GOAWAY, varint(id))
  }

  /** Client: a PRIORITY_UPDATE frame for a request. RFC 9218 section 7.2. */
  priorityUpdate(streamId: bigint, value: string): Uint8Array {
    return frame(
      PRIORITY_UPDATE,
      concat(
        varint(streamId),
        Uint8Array.from(value, (symbol) => symbol.charCodeAt(0)),
      ),
    )
  }

  // ---- what arrives

  /** Reads what a client asks on a stream. */
  requestReader(streamId: number): MessageReader {
    return new MessageReader(streamId, 'client', this.#requests, this.settings.maxFieldSectionSize)
  }

  /** Reads what a server answers to a request with this method. */
  responseReader(streamId: number, method: string): MessageReader {
    return new MessageReader(streamId, 'server', this.#responsesTo(method), this.settings.maxFieldSectionSize)
  }

  /** Reads a unidirectional stream of the peer's. */
  peerStream(streamId: number): PeerStream {
    return new PeerStream((type) => this.#identify(streamId, type))
  }

  /** Only HEAD and CONNECT have responses that differ from those to others. RFC 9110 section 9.3. */
  #responsesTo(method: string): MessageHost {
    const kind = method === 'HEAD' || method === 'CONNECT' ? method : 'GET'
    let messages = this.#responses.get(kind)
    if (messages === undefined) {
      messages = this.#messages((fields) => {
        const facts = checkResponseFields(fields, kind)
        return isInformational(facts.status) ? null : facts
      })
      this.#responses.set(kind, messages)
    }
    return messages
  }

  #messages(head: (fields: FieldSection) => MessageFacts | null): MessageHost {
    return {
      decode: (streamId, section) => {
        const fields = this.decoder.decode(streamId, section)
        if (fields === null) return null
        checkLineCount(fields)
        return this.side === 'server' ? joinCookies(fields) : fields
      },
      log: this.log,
      takesSignal: (type) => this.#host.takesSignal(type),
      abandon: (streamId) => this.decoder.cancel(streamId),
      head,
      trailers: checkTrailers,
    }
  }

  #identify(streamId: number, type: number): StreamFate {
    this.log?.streamTypeSet('remote', streamId, type)
    if (this.#host.takesStreamType(type)) return 'extension'
    const row = streamType(type)
    if (row === undefined) return 'unwanted'
    if (type === PUSH_STREAM) {
      if (this.side === 'server') throw new Http3Error('H3_STREAM_CREATION_ERROR', 'a push stream of a client')
      throw new Http3Error('H3_ID_ERROR', 'a push stream, and no push was allowed')
    }
    if (this.#opened.has(type)) throw new Http3Error('H3_STREAM_CREATION_ERROR', `a second ${row.name} stream`)
    this.#opened.add(type)
    if (type === CONTROL_STREAM) this.#controlId = streamId
    if (type === CONTROL_STREAM) return (chunk) => this.#control.push(chunk)
    if (type === DECODER_STREAM) return (chunk) => this.encoder.receiveDecoderStream(chunk)
    return (chunk) => {
      for (const streamId of this.decoder.receiveEncoderStream(chunk)) this.#host.unblocked(streamId)
    }
  }

  /** Up to here nothing goes into the peer's dynamic table: refused 0-RTT is sent again as it was, perhaps to a server whose table is smaller. */
  #settingsReceived(settings: Http3Settings): void {
    const before = this.#host.remembered()
    const broken = before === null ? null : brokenPromise(before, settings)
    if (broken !== null) throw broken
    this.#peer = settings
    this.log?.parametersSet('remote', settings)
    this.encoder.applySettings({ maxTableCapacity: settings.qpackMaxTableCapacity, blockedStreams: settings.qpackBlockedStreams })
    this.#host.settingsReceived(settings)
  }
}

const NOTHING = new Uint8Array(0)

function varint(value: bigint | number): Uint8Array {
  const writer = new Writer(new Uint8Array(varintSize(value)))
  writer.varint(value)
  return writer.target
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
