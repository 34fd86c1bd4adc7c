// The states of streams, told when they have changed. draft-ietf-quic-qlog-quic-events, stream_state_updated; RFC 9000 section 3.
import type { ReceiveState, SendState } from '../streams/states.ts'
import type { Stream } from '../streams/stream.ts'
import type { Streams } from '../streams/streams.ts'
import type { Frame, FrameTag } from '../wire/frames/index.ts'
import type { Tell } from './recovery.ts'

interface Known {
  send: SendState | null
  receive: ReceiveState | null
}

export class StreamLog {
  readonly #streams: Streams
  readonly #tell: Tell
  readonly #known = new Map<number, Known>()
  /** Streams of which a frame has come or gone since the last sample. */
  readonly #touched = new Set<number>()

  constructor(streams: Streams, tell: Tell) {
    this.#streams = streams
    this.#tell = tell
  }

  frame(frame: Frame): void {
    if (TOUCHING.has(frame.type) && 'stream' in frame) this.#touched.add(frame.stream)
  }

  sample(): void {
    for (const id of this.#touched) {
      const stream = this.#streams.find(id)
      if (stream !== undefined) this.#look(stream)
    }
    this.#touched.clear()
  }

  /** It is gone from the set. */
  ended(stream: Stream): void {
    this.#look(stream)
    this.#touched.delete(stream.id)
    this.#known.delete(stream.id)
  }

  #look(stream: Stream): void {
    const known = this.#known.get(stream.id) ?? { send: null, receive: null }
    this.#known.set(stream.id, known)
    const { send, receive } = stream
    if (send !== null && send.state !== known.send) {
      this.#changed(stream, 'sending', known.send, send.state)
      known.send = send.state
    }
    if (receive !== null && receive.state !== known.receive) {
      this.#changed(stream, 'receiving', known.receive, receive.state)
      known.receive = receive.state
    }
  }

  #changed({ id, direction }: Stream, side: 'sending' | 'receiving', before: string | null, state: string): void {
    this.#tell('stream_state_updated', {
      stream_id: id,
      stream_type: direction === 'bidi' ? 'bidirectional' : 'unidirectional',
      ...(before !== null && { old: snake(before) }),
      new: snake(state),
      stream_side: side,
    })
  }
}

/** Frames that may change a stream's state. */
const TOUCHING: ReadonlySet<FrameTag> = new Set<FrameTag>(['stream', 'resetStream', 'resetStreamAt', 'stopSending'])

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
