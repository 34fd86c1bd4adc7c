// The peer's control stream: SETTINGS first, then what concerns the connection. RFC 9114 sections 6.2.1 and 7.2.
import { BytesError, Reader } from '@millrace/bytes'
import { Gathering } from './gathering.ts'
import { MAX_CONTROL_PAYLOAD, MAX_SETTINGS_PAYLOAD } from './limits.ts'
import type { Side } from './side.ts'
import { FrameHeaderReader } from './wire/frame-header.ts'
import { CANCEL_PUSH, frameType, GOAWAY, MAX_PUSH_ID, PRIORITY_UPDATE, PRIORITY_UPDATE_PUSH, SETTINGS } from './wire/frame-types.ts'
import { Http3Error, misplacedSignal } from './wire/http3-error.ts'
import { decodeSettings, type Http3Settings } from './wire/settings.ts'

/** Who hears what the control stream says. */
export interface ControlHost {
  settings(settings: Http3Settings): void
  goaway(id: bigint): void
  /** The value of a priority field for a request. RFC 9218 section 7.2. */
  priorityUpdate(streamId: bigint, value: string): void
  /** A frame is there: its payload, null for one that is skipped, and how long that is. */
  parsed(type: number, payload: Uint8Array | null, length: number): void
  /** Whether request streams that begin with this type are another protocol's. */
  takesSignal(type: number): boolean
}

export class ControlReader {
  readonly #sender: Side
  readonly #host: ControlHost
  readonly #header = new FrameHeaderReader()
  readonly #gathering = new Gathering()
  #inFrame = false
  #skipped = false
  #left = 0
  #begun = false
  #maxPushId: bigint | null = null

  /** `sender`: the peer. */
  constructor(sender: Side, host: ControlHost) {
    this.#sender = sender
    this.#host = host
  }

  /** The next bytes. Throws what the peer did wrong. */
  push(chunk: Uint8Array): void {
    for (let at = 0; ; ) {
      if (!this.#inFrame) {
        if (at === chunk.length) return
        at = this.#header.read(chunk, at)
        if (at < 0) return
        this.#begin()
      }
      const to = Math.min(chunk.length, at + this.#left)
      if (!this.#skipped) this.#gathering.add(chunk, at, to)
      this.#left -= to - at
      at = to
      if (this.#left > 0) return
      this.#inFrame = false
      if (!this.#skipped) this.#frame(this.#gathering.take())
    }
  }

  #begin(): void {
    const { type, length } = this.#header
    if (!this.#begun && type !== SETTINGS) throw new Http3Error('H3_MISSING_SETTINGS', 'the control stream begins with another frame')
    const row = frameType(type)
    if (row !== undefined) {
      if (row.carrier !== 'control') throw new Http3Error('H3_FRAME_UNEXPECTED', `${row.name} on the control stream`)
      if (row.sender !== 'either' && row.sender !== this.#sender) {
        throw new Http3Error('H3_FRAME_UNEXPECTED', `${row.name} of a ${this.#sender}`)
      }
      if (type === SETTINGS && this.#begun) throw new Http3Error('H3_FRAME_UNEXPECTED', 'a second SETTINGS')
      if (length > (type === SETTINGS ? MAX_SETTINGS_PAYLOAD : MAX_CONTROL_PAYLOAD)) {
        throw new Http3Error('H3_EXCESSIVE_LOAD', `${row.name} of ${length} bytes`)
      }
    }
    if (row === undefined && this.#host.takesSignal(type)) throw misplacedSignal(type)
    this.#begun = true
    this.#inFrame = true
    this.#skipped = row === undefined
    this.#left = length
    if (this.#skipped) this.#host.parsed(type, null, length)
  }

  #frame(payload: Uint8Array): void {
    this.#host.parsed(this.#header.type, payload, payload.length)
    switch (this.#header.type) {
      case SETTINGS:
        this.#host.settings(decodeSettings(payload))
        return
      case GOAWAY:
        this.#host.goaway(onlyId(payload, 'GOAWAY'))
        return
      case MAX_PUSH_ID:
        this.#raisePushes(onlyId(payload, 'MAX_PUSH_ID'))
        return
      case CANCEL_PUSH:
        // We neither push nor let anyone push, so that no id can be right. RFC 9114 section 7.2.3.
        throw new Http3Error('H3_ID_ERROR', `CANCEL_PUSH of ${onlyId(payload, 'CANCEL_PUSH')}, which was never promised`)
      case PRIORITY_UPDATE:
        this.#prioritize(payload)
        return
      case PRIORITY_UPDATE_PUSH:
        throw new Http3Error('H3_ID_ERROR', 'PRIORITY_UPDATE of a push, and there are none')
    }
  }

  /** We never push, but hold the peer to the rule. RFC 9114 section 7.2.7. */
  #raisePushes(id: bigint): void {
    if (this.#maxPushId !== null && id < this.#maxPushId) throw new Http3Error('H3_ID_ERROR', `MAX_PUSH_ID ${id}, after ${this.#maxPushId}`)
    this.#maxPushId = id
  }

  #prioritize(payload: Uint8Array): void {
    const reader = new Reader(payload)
    const id = readId(reader, 'PRIORITY_UPDATE')
    if (id % 4n !== 0n) throw new Http3Error('H3_ID_ERROR', `PRIORITY_UPDATE names stream ${id}, which is no request`)
    this.#host.priorityUpdate(id, latin1(reader.view(reader.remaining)))
  }
}

function onlyId(payload: Uint8Array, name: string): bigint {
  const reader = new Reader(payload)
  const id = readId(reader, name)
  if (reader.remaining > 0) throw new Http3Error('H3_FRAME_ERROR', `${name} is longer than its id`)
  return id
}

function readId(reader: Reader, name: string): bigint {
  try {
    return reader.varintExact()
  } catch (error) {
    if (error instanceof BytesError) throw new Http3Error('H3_FRAME_ERROR', `${name} ends in the middle of its id`)
    throw error
  }
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
