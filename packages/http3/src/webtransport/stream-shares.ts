// What one stream uses of its session's credit for bytes. draft-ietf-webtrans-http3 section 5.4.
import type { QuicStream } from '@millrace/quic'
import type { FlowControl } from './flow-control.ts'
import { CREDIT_AT_ONCE } from './limits.ts'

/** Of a stream that we send on. */
export class SendingShare {
  readonly #flow: FlowControl
  readonly #quic: QuicStream
  readonly #headerSize: number
  /** Higher goes first where the session's credit is short. */
  order = 0
  #taken = 0
  #over = false
  #interrupt: (() => void) | null = null

  constructor(flow: FlowControl, quic: QuicStream, headerSize: number) {
    this.#flow = flow
    this.#quic = quic
    this.#headerSize = headerSize
  }

  /** Bytes that the session lets go now. */
  get room(): number {
    return this.#flow.room
  }

  /** Writes as the session's credit allows, and resolves when there is room for more. Rejects as the stream's own `write`. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const taken = this.#over ? bytes.length - at : this.#flow.take(Math.min(CREDIT_AT_ONCE, bytes.length - at))
      if (taken === 0) {
        await this.#flow.moved(this.order, (wake) => {
          this.#interrupt = wake
        })
        continue
      }
      if (!this.#over) this.#taken += taken
      await this.#quic.write(bytes.subarray(at, at + taken))
      at += taken
    }
  }

  /** It was given up: what was never sent costs nothing, since the peer counts by the stream's final size. RFC 9000 section 4.5. */
  over(): void {
    this.#over = true
    const unsent = this.#taken - Math.max(0, this.#quic.stats.bytesSent - this.#headerSize)
    if (unsent > 0) {
      this.#taken -= unsent
      this.#flow.giveBack(unsent)
    }
    this.#interrupt?.()
  }
}

/** Of a stream that the peer sends on. */
export class ReceivingShare {
  readonly #flow: FlowControl
  readonly #quic: QuicStream
  readonly #headerSize: number
  #counted = 0
  #consumed = 0

  constructor(flow: FlowControl, quic: QuicStream, headerSize: number) {
    this.#flow = flow
    this.#quic = quic
    this.#headerSize = headerSize
  }

  /** Counts what has arrived since, read or not; of a stream that was reset, all that was sent. */
  count(): void {
    const more = this.#quic.stats.bytesReceived - this.#headerSize - this.#counted
    if (more <= 0) return
    this.#counted += more
    this.#flow.received(more)
  }

  /** The application has read so many more. */
  read(count: number): void {
    this.count()
    // What was given up counts once, though some of it may be read yet.
    const more = Math.min(count, this.#counted - this.#consumed)
    if (more <= 0) return
    this.#consumed += more
    this.#flow.consumed(more)
  }

  /** Nobody will read the rest. */
  over(): void {
    this.count()
    this.read(this.#counted - this.#consumed)
  }
}
