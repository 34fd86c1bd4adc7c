// Field sections that wait for insertions which have not arrived. RFC 9204 section 2.1.2 and 2.2.1.
import { ChurnMap } from '@millrace/bytes'
import { Http3Error } from '../wire/http3-error.ts'
import { MAX_BLOCKED_BYTES } from './limits.ts'

interface Blocked {
  readonly required: number
  readonly bytes: number
}

/** Which streams are blocked, and for what; bounded in count by our setting and in bytes by ours alone. */
export class BlockedSections {
  readonly #maxStreams: number
  readonly #streams = new ChurnMap<number, Blocked>()
  #bytes = 0

  constructor(maxStreams: number) {
    this.#maxStreams = maxStreams
  }

  /** Notes that the section of this stream waits until so many insertions are there. */
  hold(streamId: number, required: number, bytes: number): void {
    this.release(streamId)
    if (this.#streams.size >= this.#maxStreams) {
      throw new Http3Error('QPACK_DECOMPRESSION_FAILED', `more than ${this.#maxStreams} streams blocked`)
    }
    if (this.#bytes + bytes > MAX_BLOCKED_BYTES) throw new Http3Error('H3_EXCESSIVE_LOAD', 'too much waits on blocked streams')
    this.#streams.set(streamId, { required, bytes })
    this.#bytes += bytes
  }

  /** Forgets what the stream waits for. */
  release(streamId: number): void {
    const blocked = this.#streams.get(streamId)
    if (blocked === undefined) return
    this.#bytes -= blocked.bytes
    this.#streams.delete(streamId)
  }

  /** Takes out the streams that need no more than so many insertions. */
  takeReady(inserted: number): readonly number[] {
    if (this.#streams.size === 0) return NONE
    const ready: number[] = []
    for (const [streamId, { required }] of this.#streams) if (required <= inserted) ready.push(streamId)
    for (const streamId of ready) this.release(streamId)
    return ready
  }
}

const NONE: readonly number[] = []
