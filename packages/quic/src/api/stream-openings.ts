// Streams of ours: opened at once where the peer allows one more, otherwise in the order in which they were asked for. RFC 9000 section 4.6.
import { performance } from 'node:perf_hooks'
import type { Stream } from '../core/streams/stream.ts'
import type { Direction } from '../core/streams/stream-id.ts'
import type { Member } from '../endpoint/member.ts'
import { endsWith } from './abort.ts'
import { QuicError } from './error.ts'
import { type Settled, settled } from './settled.ts'
import type { QuicStream } from './stream.ts'
import type { CheckedStreamOptions } from './stream-options.ts'

/** A stream that waits for the peer to allow it. */
interface StreamWanted {
  readonly stream: Settled<QuicStream>
  readonly options: CheckedStreamOptions
}

/** Until anybody has to wait: nothing is put there. */
const NOBODY: Record<Direction, StreamWanted[]> = { bidi: [], uni: [] }

export class StreamOpenings {
  readonly #member: Member
  readonly #adopt: (core: Stream, options: CheckedStreamOptions) => QuicStream
  #waiting: Record<Direction, StreamWanted[]> = NOBODY

  /** `adopt`: makes a user's stream of one that was opened. */
  constructor(member: Member, adopt: (core: Stream, options: CheckedStreamOptions) => QuicStream) {
    this.#member = member
    this.#adopt = adopt
  }

  /** Opens one, now or when the peer allows it. Rejects with ERR_QUIC_STREAM_LIMIT where it would have to wait and shall not, or with the reason of its signal. */
  open(direction: Direction, options: CheckedStreamOptions): Promise<QuicStream> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason)
    const core = this.#waiting[direction].length === 0 ? this.#open(direction) : null
    if (core !== null) return Promise.resolve(this.#adopt(core, options))
    this.#member.touch()
    if (!options.wait) return Promise.reject(new QuicError('The peer allows no more streams now.', { code: 'ERR_QUIC_STREAM_LIMIT' }))
    const wanted: StreamWanted = { stream: settled(), options }
    if (this.#waiting === NOBODY) this.#waiting = { bidi: [], uni: [] }
    this.#waiting[direction].push(wanted)
    endsWith(options.signal, wanted.stream.promise, (reason) => {
      this.#waiting[direction] = this.#waiting[direction].filter((other) => other !== wanted)
      wanted.stream.reject(reason)
    })
    return wanted.stream.promise
  }

  /** The peer allows more. */
  allowed(direction: Direction): void {
    const waiting = this.#waiting[direction]
    while (waiting.length > 0) {
      const core = this.#open(direction)
      if (core === null) return
      const { stream, options } = waiting.shift()!
      stream.resolve(this.#adopt(core, options))
    }
  }

  /** No more are opened: those who wait hear why. */
  end(why: () => QuicError): void {
    if (this.#waiting === NOBODY) return
    for (const waiting of Object.values(this.#waiting)) for (const { stream } of waiting.splice(0)) stream.reject(why())
  }

  #open(direction: Direction): Stream | null {
    return this.#member.connection.streams.openStream(direction, performance.now())
  }
}
