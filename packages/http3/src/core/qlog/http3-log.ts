// What happens in one HTTP/3 connection, for the log of its QUIC connection. Nobody has one unless somebody listens: everybody else pays a test for null.
// draft-ietf-quic-qlog-h3-events.
import type { FieldSection } from '../fields/field-section.ts'
import type { RequestPriority } from '../priority/request-priority.ts'
import { FrameHeaderReader } from '../wire/frame-header.ts'
import { isReserved } from '../wire/grease.ts'
import { type Http3Settings, SETTING_ROWS } from '../wire/settings.ts'
import { streamType } from '../wire/stream-types.ts'
import { controlFrame, dataFrame, headersFrame, otherFrame } from './frames.ts'

/** Takes one event. */
export type WriteEvent = (name: string, data: object) => void

/** Who did it. */
export type Initiator = 'local' | 'remote'

/** Why a priority is what it is. */
export type PriorityReason = 'client_signal_only' | 'client_server_merged' | 'local_policy'

export class Http3Log {
  readonly #write: WriteEvent

  constructor(write: WriteEvent) {
    this.#write = write
  }

  /** Ours when we begin, the peer's when they have come. */
  parametersSet(initiator: Initiator, settings: Http3Settings): void {
    this.#tell('parameters_set', { initiator, ...parameters(settings) })
  }

  /** Client: what an earlier connection kept, for 0-RTT. */
  parametersRestored(settings: Http3Settings): void {
    this.#tell('parameters_restored', parameters(settings))
  }

  /** A unidirectional stream says what it is for. */
  streamTypeSet(initiator: Initiator, streamId: number, type: number): void {
    const known = streamType(type)?.logged
    const told = known ?? (isReserved(type) ? 'reserved' : 'unknown')
    this.#tell('stream_type_set', {
      initiator,
      stream_id: streamId,
      stream_type: told,
      ...(told === 'unknown' && { stream_type_bytes: type }),
    })
  }

  /** A client has opened a bidirectional stream. */
  requestOpened(initiator: Initiator, streamId: number): void {
    this.#tell('stream_type_set', { initiator, stream_id: streamId, stream_type: 'request' })
  }

  /** What we say on our control stream: whole frames. */
  controlCreated(streamId: number, frames: Uint8Array): void {
    const header = new FrameHeaderReader()
    for (let at = 0; at < frames.length; at += header.length) {
      at = header.read(frames, at)
      this.#created(streamId, controlFrame(header.type, frames.subarray(at, at + header.length)))
    }
  }

  controlParsed(streamId: number, type: number, payload: Uint8Array): void {
    this.#parsed(streamId, controlFrame(type, payload))
  }

  /** `length`: bytes of the encoded section. */
  headersCreated(streamId: number, fields: FieldSection, length: number): void {
    this.#created(streamId, headersFrame(fields, length))
  }

  headersParsed(streamId: number, fields: FieldSection, length: number): void {
    this.#parsed(streamId, headersFrame(fields, length))
  }

  dataCreated(streamId: number, length: number): void {
    this.#created(streamId, dataFrame(length))
  }

  /** Its header has come, and not yet all of the rest. */
  dataParsed(streamId: number, length: number): void {
    this.#parsed(streamId, dataFrame(length))
  }

  /** One that is skipped. */
  otherParsed(streamId: number, type: number, length: number): void {
    this.#parsed(streamId, otherFrame(type, length))
  }

  priorityUpdated(streamId: number, { urgency, incremental }: RequestPriority, reason: PriorityReason): void {
    this.#tell('priority_updated', {
      stream_id: streamId,
      new: `u=${urgency}${incremental ? ', i' : ''}`,
      trigger: reason === 'client_signal_only' ? 'client_signal_received' : 'local',
      reason,
    })
  }

  /** `length`: bytes of the QUIC datagram. */
  datagramCreated(quarterStreamId: number, length: number): void {
    this.#tell('datagram_created', { quarter_stream_id: quarterStreamId, raw: { length } })
  }

  datagramParsed(quarterStreamId: number, length: number): void {
    this.#tell('datagram_parsed', { quarter_stream_id: quarterStreamId, raw: { length } })
  }

  #created(streamId: number, frame: object): void {
    this.#tell('frame_created', { stream_id: streamId, frame })
  }

  #parsed(streamId: number, frame: object): void {
    this.#tell('frame_parsed', { stream_id: streamId, frame })
  }

  #tell(name: string, data: object): void {
    this.#write(`http3:${name}`, data)
  }
}

/** No limit is no number. */
function parameters(settings: Http3Settings): object {
  const told = SETTING_ROWS.map(({ key, logged }) => [logged, Number(settings[key])] as const)
  return Object.fromEntries(told.filter(([, value]) => value !== Number.POSITIVE_INFINITY))
}
