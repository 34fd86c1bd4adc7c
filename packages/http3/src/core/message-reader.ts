// What arrives on a request stream, taken apart into header sections, content and trailers. RFC 9114 sections 4.1 and 7.
// The owner pushes chunks and asks for one step after the other; content is handed out as views of the chunks, with no object a frame, and nothing is
// taken from the transport that nobody asked for.
import { Buffer } from 'node:buffer'
import { UNKNOWN_LENGTH } from './fields/field-lines.ts'
import type { FieldSection } from './fields/field-section.ts'
import { malformed } from './fields/malformed.ts'
import type { MessageFacts } from './fields/request-fields.ts'
import { Gathering } from './gathering.ts'
import { MAX_IDLE_FRAMES } from './limits.ts'
import { type MessageEvent, type MessageState, messageStep } from './message-states.ts'
import type { Http3Log } from './qlog/http3-log.ts'
import type { Side } from './side.ts'
import { FrameHeaderReader } from './wire/frame-header.ts'
import { DATA, frameType, HEADERS, PUSH_PROMISE } from './wire/frame-types.ts'
import { Http3Error, misplacedSignal } from './wire/http3-error.ts'

/** What comes next. `wait`: push more. `blocked`: a section waits for the peer's encoder stream. `head`, `interim`, `trailers`: see `fields`. `data`: see `data`. `signal`: see `signal`; the stream is not HTTP's. */
export type MessageStep = 'wait' | 'blocked' | 'interim' | 'head' | 'data' | 'trailers' | 'end' | 'signal'

/** What a reader asks of the connection. */
export interface MessageHost {
  /** Null where nobody listens. */
  readonly log: Http3Log | null
  /** Null while the section waits for the peer's encoder stream. */
  decode(streamId: number, section: Uint8Array): FieldSection | null
  /** Whether another protocol takes streams that begin with this type. */
  takesSignal(type: number): boolean
  /** The encoded section is longer than any that we take, and was not decoded. */
  abandon(streamId: number): void
  /** Checks a header section; null for one that is informational. */
  head(fields: FieldSection): MessageFacts | null
  /** Checks a trailer section. */
  trailers(fields: FieldSection): void
}

export class MessageReader {
  /** The last step's section. */
  fields: FieldSection = NOTHING
  /** The last step's content; what follows a signal. */
  data: Uint8Array = EMPTY
  /** What the stream began with that is not HTTP's: a type, and the number behind it. */
  signal: { readonly type: number; readonly id: number } | null = null
  readonly #id: number
  readonly #sender: Side
  readonly #host: MessageHost
  readonly #maxSection: number
  readonly #header = new FrameHeaderReader()
  #state: MessageState = 'start'
  #chunk: Uint8Array = EMPTY
  #at = 0
  /** Bytes of the current frame's payload that have not been seen. */
  #left = 0
  #payload: 'content' | 'section' | 'skipped' = 'skipped'
  #gathering: Gathering | null = null
  /** A whole section that has not been decoded. */
  #section: Uint8Array | null = null
  #contentLeft = UNKNOWN_LENGTH
  #idleFrames = 0
  #begun = false
  #finished = false

  /** `sender`: who sends what is read here. `maxSection`: bytes of the largest encoded section that is taken. */
  constructor(id: number, sender: Side, host: MessageHost, maxSection: number) {
    this.#id = id
    this.#sender = sender
    this.#host = host
    this.#maxSection = maxSection
  }

  /** The next bytes. Only after a step that said `wait`. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk
    this.#at = 0
  }

  /** Nothing follows what was pushed. */
  finish(): void {
    this.#finished = true
  }

  /** Copies what is left of what was pushed: its memory is used for something else now. */
  keep(): void {
    if (this.#section !== null) this.#section = Buffer.from(this.#section)
    if (this.#at === this.#chunk.length) return
    this.#chunk = Buffer.from(this.#chunk.subarray(this.#at))
    this.#at = 0
  }

  /** No final header section has come. */
  get isStarting(): boolean {
    return this.#state === 'start'
  }

  /** Bytes of content that come next in the transport, with no frame in between: they may be read past this reader, and counted by `passed`. */
  get direct(): number {
    return this.#payload === 'content' && this.#at === this.#chunk.length ? this.#left : 0
  }

  /** So many bytes of content, at most `direct`, were read past this reader. */
  passed(count: number): void {
    this.#left -= count
    this.#count(count)
  }

  /** The next step. Throws what the peer did wrong: an Http3Error. */
  next(): MessageStep {
    while (true) {
      if (this.#section !== null) return this.#decode(this.#section)
      if (this.#left > 0) {
        if (this.#at === this.#chunk.length) return this.#exhausted()
        const from = this.#at
        this.#at = Math.min(this.#chunk.length, from + this.#left)
        this.#left -= this.#at - from
        if (this.#payload === 'content') return this.#content(from)
        if (this.#payload === 'section') this.#gather(from)
      } else {
        if (this.#at === this.#chunk.length) return this.#exhausted()
        const behind = this.#header.read(this.#chunk, this.#at)
        this.#at = behind < 0 ? this.#chunk.length : behind
        if (behind >= 0 && this.#isSignal()) return 'signal'
        if (behind >= 0) this.#begin(this.#header.type, this.#header.length)
      }
    }
  }

  /** All that was pushed is used up. */
  #exhausted(): MessageStep {
    this.#chunk = EMPTY
    this.#at = 0
    if (!this.#finished) return 'wait'
    if (this.#left > 0 || this.#header.isPartial) throw new Http3Error('H3_FRAME_ERROR', 'the stream ends in the middle of a frame')
    if (this.#state === 'start') {
      if (this.#sender === 'server') throw malformed('the stream ends before a response')
      throw new Http3Error('H3_REQUEST_INCOMPLETE', 'the stream ends before a request', 'stream')
    }
    if (this.#contentLeft > 0) throw malformed('less content than content-length says')
    return 'end'
  }

  /** A type that has no length, and may only come first: the rest is another protocol's. RFC 9114 section 9. */
  #isSignal(): boolean {
    const { type, length: id } = this.#header
    if (this.#begun || this.#sender === 'server' || !this.#host.takesSignal(type)) {
      this.#begun = true
      return false
    }
    this.signal = { type, id }
    this.data = this.#chunk.subarray(this.#at)
    return true
  }

  #begin(type: number, length: number): void {
    this.#left = length
    if (type === DATA) {
      this.#after('data', 'DATA')
      this.#payload = 'content'
      this.#host.log?.dataParsed(this.#id, length)
      if (length === 0) this.#idle()
    } else if (type === HEADERS) {
      if (this.#state !== 'start') this.#check('trailers', 'HEADERS')
      if (length > this.#maxSection) {
        this.#host.abandon(this.#id)
        throw new Http3Error('H3_EXCESSIVE_LOAD', `a field section of ${length} bytes`, 'stream')
      }
      this.#payload = 'section'
      if (length === 0) this.#section = EMPTY
    } else {
      this.#other(type)
      this.#payload = 'skipped'
      this.#host.log?.otherParsed(this.#id, type, length)
      this.#idle()
    }
  }

  /** Those that have a meaning elsewhere may not come here; those that have none are skipped. RFC 9114 sections 7.2 and 9. */
  #other(type: number): void {
    const row = frameType(type)
    if (row === undefined) {
      if (this.#host.takesSignal(type)) throw misplacedSignal(type)
      return
    }
    if (type === PUSH_PROMISE && this.#sender === 'server') {
      if (this.#state === 'tunnel') throw new Http3Error('H3_FRAME_UNEXPECTED', 'PUSH_PROMISE after CONNECT')
      throw new Http3Error('H3_ID_ERROR', 'PUSH_PROMISE, and no push was allowed')
    }
    throw new Http3Error('H3_FRAME_UNEXPECTED', `${row.name} on a request stream`)
  }

  #content(from: number): MessageStep {
    this.data = from === 0 && this.#at === this.#chunk.length ? this.#chunk : this.#chunk.subarray(from, this.#at)
    this.#count(this.data.length)
    return 'data'
  }

  #count(length: number): void {
    this.#idleFrames = 0
    if (this.#contentLeft === UNKNOWN_LENGTH) return
    if (length > this.#contentLeft) throw malformed('more content than content-length says')
    this.#contentLeft -= length
  }

  #gather(from: number): void {
    if (this.#left === 0 && this.#gathering === null) this.#section = this.#chunk.subarray(from, this.#at)
    else {
      this.#gathering ??= new Gathering()
      this.#gathering.add(this.#chunk, from, this.#at)
      if (this.#left > 0) return
      this.#section = this.#gathering.take()
      this.#gathering = null
    }
  }

  #decode(section: Uint8Array): MessageStep {
    const fields = this.#host.decode(this.#id, section)
    if (fields === null) return 'blocked'
    this.#host.log?.headersParsed(this.#id, fields, section.length)
    this.#section = null
    this.fields = fields
    if (this.#state !== 'start') {
      this.#host.trailers(fields)
      this.#after('trailers', 'HEADERS')
      return 'trailers'
    }
    const facts = this.#host.head(fields)
    if (facts === null) {
      this.#idle()
      this.#after('interim', 'HEADERS')
      return 'interim'
    }
    this.#contentLeft = facts.contentLength
    this.#idleFrames = 0
    this.#after(facts.tunnel ? 'tunnelHead' : 'head', 'HEADERS')
    return 'head'
  }

  #check(event: MessageEvent, name: string): MessageState {
    const next = messageStep(this.#state, event)
    if (next !== null) return next
    throw new Http3Error('H3_FRAME_UNEXPECTED', `${name} where the message is at "${this.#state}"`)
  }

  #after(event: MessageEvent, name: string): void {
    this.#state = this.#check(event, name)
  }

  #idle(): void {
    if (++this.#idleFrames > MAX_IDLE_FRAMES) throw new Http3Error('H3_EXCESSIVE_LOAD', `${MAX_IDLE_FRAMES} frames that say nothing`)
  }
}

const EMPTY = new Uint8Array(0)
const NOTHING: FieldSection = []
