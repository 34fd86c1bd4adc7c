// A unidirectional stream of the peer's: its type, then what that type says of the rest. RFC 9114 section 6.2.
import { Reader } from '@millrace/bytes'
import { Http3Error } from './wire/http3-error.ts'
import { streamType } from './wire/stream-types.ts'

/** Takes the bytes of a stream behind its type. */
export type StreamSink = (chunk: Uint8Array) => void

/** What a connection makes of a type: a sink for what follows; `unwanted` where nobody reads on; `extension` where another protocol does. */
export type StreamFate = StreamSink | 'unwanted' | 'extension'

export class PeerStream {
  /** Null until it has arrived. */
  type: number | null = null
  /** What follows the type, of the chunk that it ended in, for an extension that takes over. */
  rest: Uint8Array = EMPTY
  #fate: StreamFate | null = null
  readonly #identify: (type: number) => StreamFate
  readonly #partial = new Uint8Array(8)
  #held = 0

  /** `identify` is asked once, and may throw. */
  constructor(identify: (type: number) => StreamFate) {
    this.#identify = identify
  }

  /** Null while the type is not known, or the connection reads the stream. */
  get fate(): 'unwanted' | 'extension' | null {
    return typeof this.#fate === 'function' ? null : this.#fate
  }

  /** The next bytes. Throws what the peer did wrong. */
  push(chunk: Uint8Array): void {
    let at = 0
    while (this.type === null) {
      if (this.#held > 0 && this.#held === 1 << (this.#partial[0]! >> 6)) {
        this.type = new Reader(this.#partial, 0, this.#held).varint()
        this.#fate = this.#identify(this.type)
      } else if (at === chunk.length) return
      else this.#partial[this.#held++] = chunk[at++]!
    }
    const rest = at === 0 ? chunk : chunk.subarray(at)
    if (typeof this.#fate === 'function') this.#fate(rest)
    else if (this.#fate === 'extension') this.rest = rest
  }

  /** It ended, cleanly or not. Throws H3_CLOSED_CRITICAL_STREAM where it may not. RFC 9114 section 6.2.1, RFC 9204 section 4.2. */
  ended(): void {
    const row = this.type === null ? undefined : streamType(this.type)
    if (row?.critical) throw new Http3Error('H3_CLOSED_CRITICAL_STREAM', `the ${row.name} stream ended`)
  }
}

const EMPTY = new Uint8Array(0)
