// What we send on a request stream: header sections, content in DATA frames, trailers. RFC 9114 section 4.1.

import { Buffer } from 'node:buffer'
import { varintSize } from '@millrace/bytes'
import type { QuicStream } from '@millrace/quic'
import { type MessageEvent, type MessageState, messageStep } from '../core/message-states.ts'
import type { Http3Log } from '../core/qlog/http3-log.ts'
import { MAX_FRAME_HEADER, writeFrameHeader } from '../core/wire/frame-header.ts'
import { DATA } from '../core/wire/frame-types.ts'
import { sessionClosed, wrongState } from './error.ts'

/** Content up to which copying it behind its frame header, and both behind the fields, costs less than a chunk of its own in the transport. */
export const JOINED = 2048

/** Bytes of a DATA frame with so much content. */
export function dataFrameSize(length: number): number {
  return 1 + varintSize(length) + length
}

export class SendingHalf {
  /** We have said all. */
  ended = false
  readonly #quic: QuicStream
  readonly #log: Http3Log | null
  #state: MessageState = 'start'
  #error: Error | null = null

  /** `log`: null where nobody listens. */
  constructor(quic: QuicStream, log: Http3Log | null) {
    this.#quic = quic
    this.#log = log
  }

  /** The final header section was sent. */
  get hasHead(): boolean {
    return this.#state !== 'start'
  }

  /** Nothing more can be sent, and for that reason. */
  fail(error: Error): void {
    this.#error ??= error
  }

  /** Asks whether a section may be sent now, and goes on to it. Throws what ended the stream, or ERR_HTTP3_STATE. */
  step(event: Exclude<MessageEvent, 'data'>): void {
    this.#step(event)
  }

  /** Sends the HEADERS frame of a section for which `step` was asked. */
  section(frame: Uint8Array, endStream: boolean): void {
    if (endStream) this.#finish(frame)
    else this.#put(frame)
  }

  /** The same, with `content` in a DATA frame for which there is room behind the section: one piece for the transport. */
  joined(frame: Uint8Array, content: Uint8Array, endStream: boolean): void {
    this.#step('data')
    const { length } = content
    const data = frame.subarray(frame.length - dataFrameSize(length))
    data.set(content, writeFrameHeader(data, DATA, length))
    this.#log?.dataCreated(Number(this.#quic.id), length)
    this.section(frame, endStream)
  }

  /** Sends content. False when enough waits to be sent. */
  write(chunk: Uint8Array): boolean {
    this.#step('data')
    const { length } = chunk
    if (length === 0) return this.#quic.stats.bytesUnsent < this.#quic.highWaterMark
    this.#log?.dataCreated(Number(this.#quic.id), length)
    if (length <= JOINED) {
      const frame = Buffer.allocUnsafe(dataFrameSize(length))
      frame.set(chunk, writeFrameHeader(frame, DATA, length))
      return this.#put(frame)
    }
    const header = new Uint8Array(MAX_FRAME_HEADER)
    this.#put(header.subarray(0, writeFrameHeader(header, DATA, length)))
    return this.#put(chunk)
  }

  async drained(): Promise<void> {
    if (this.#error !== null) throw this.#error
    try {
      await this.#quic.drained()
    } catch (error) {
      throw this.#lost(error)
    }
  }

  end(): void {
    if (this.#error !== null) throw this.#error
    if (this.#state === 'start') throw wrongState('There is nothing to end: no header section was sent.')
    if (!this.ended) this.#finish()
  }

  #finish(last?: Uint8Array): void {
    this.ended = true
    try {
      this.#quic.endSync(last)
    } catch (error) {
      throw this.#lost(error)
    }
  }

  #put(bytes: Uint8Array): boolean {
    try {
      return this.#quic.writeSync(bytes)
    } catch (error) {
      throw this.#lost(error)
    }
  }

  /** The transport's end may be heard here before it is told. */
  #lost(error: unknown): Error {
    this.#error ??= sessionClosed(error)
    return this.#error
  }

  #step(event: MessageEvent): void {
    if (this.#error !== null) throw this.#error
    const next = this.ended ? null : messageStep(this.#state, event)
    if (next === null) throw wrongState(WRONG[event])
    this.#state = next
  }
}

const WRONG: Readonly<Record<MessageEvent, string>> = {
  interim: 'An informational response comes before the response.',
  head: 'There is one header section, and it was sent.',
  tunnelHead: 'There is one header section, and it was sent.',
  data: 'Content comes after the header section, and before the end.',
  trailers: 'Trailers come once, after the header section, and end the message.',
}
