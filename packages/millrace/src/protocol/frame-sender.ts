// The writing half of a stream, in frames.

import type { QuicStream } from '@millrace/quic'
import { FrameBatch } from './frame-batch.ts'

export class FrameSender {
  /** Put frames in here, then call `flush`. */
  readonly batch: FrameBatch = new FrameBatch()
  readonly #stream: QuicStream
  #congested = false
  #broken = false

  constructor(stream: QuicStream) {
    this.#stream = stream
  }

  /** The stream holds as much as it wants to: wait for `drained` before more is put in. */
  get congested(): boolean {
    return this.#congested
  }

  /** The peer takes no more on this stream. Why, the reading half tells. */
  get broken(): boolean {
    return this.#broken
  }

  /** Writes what the batch holds, now. */
  flush(): void {
    if (this.batch.size === 0) return
    for (const chunk of this.batch.take()) this.#write(chunk)
  }

  /** Resolves when the stream has room again, or is broken. */
  async drained(): Promise<void> {
    if (!this.#congested || this.#broken) return
    try {
      await this.#stream.drained()
      this.#congested = false
    } catch {
      this.#broken = true
    }
  }

  /** Flushes and ends this half. Resolves when the peer has all of it, or is gone. */
  async end(): Promise<void> {
    this.flush()
    if (this.#broken) return
    try {
      await this.#stream.end()
    } catch {
      this.#broken = true
    }
  }

  // A half that the peer stopped, or whose connection is gone, throws here. That is no news to act on: whoever reads the other half, or waits
  // for the session, hears the same with its reason and cleans up.
  #write(chunk: Uint8Array): void {
    if (this.#broken) return
    try {
      if (!this.#stream.writeSync(chunk)) this.#congested = true
    } catch {
      this.#broken = true
    }
  }
}
