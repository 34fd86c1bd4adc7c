// The streams that we open for the connection's own sake: control, QPACK's two, and one that means nothing. RFC 9114 section 6.2, RFC 9204 section 4.2.
import type { QuicSession, QuicStream } from '@millrace/quic'
import type { Http3Connection } from '../core/connection.ts'
import { MAX_UNSENT_INSTRUCTIONS } from '../core/limits.ts'
import type { Http3Log } from '../core/qlog/http3-log.ts'
import { Http3Error } from '../core/wire/http3-error.ts'
import { CONTROL_STREAM } from '../core/wire/stream-types.ts'

export class OwnStreams {
  readonly #quic: QuicSession
  readonly #connection: Http3Connection
  readonly #control: OwnStream
  readonly #encoder: OwnStream
  readonly #decoder: OwnStream

  /** `violated` hears what the peer does to them that it may not. */
  constructor(quic: QuicSession, connection: Http3Connection, violated: (error: Http3Error) => void) {
    this.#quic = quic
    this.#connection = connection
    this.#control = new OwnStream(quic, 'control', connection.controlStream(), violated, connection.log)
    this.#encoder = new OwnStream(quic, 'QPACK encoder', connection.encoderStream(), violated, connection.log)
    this.#decoder = new OwnStream(quic, 'QPACK decoder', connection.decoderStream(), violated, connection.log)
  }

  /** Says something on the control stream. */
  control(frame: Uint8Array): void {
    this.#control.write(frame)
  }

  /**
   * Opens a stream of a reserved type, which the peer is to ignore. Once its SETTINGS are there, so that it delays nothing; and not where the peer allows no
   * more streams now, since three are what it must allow, and an extension may need the next.
   */
  greaseStreams(): void {
    const reserved = this.#connection.reservedStream()
    if (reserved === null) return
    this.#quic
      .createUnidirectionalStream({ priority: 'low', wait: false })
      .then((stream) => {
        this.#connection.log?.streamTypeSet('local', Number(stream.id), reserved.type)
        return stream.end(reserved.bytes)
      })
      // The session has ended, or the peer allows no more.
      .catch(() => {})
  }

  /** Sends what QPACK has to say. */
  flush(): void {
    const insertions = this.#connection.encoder.takeInstructions()
    if (insertions !== null) this.#encoder.write(insertions)
    const acknowledgments = this.#connection.decoder.takeInstructions()
    if (acknowledgments !== null) this.#decoder.write(acknowledgments)
  }
}

class OwnStream {
  readonly #name: string
  readonly #violated: (error: Http3Error) => void
  readonly #type: number
  readonly #log: Http3Log | null
  #quic: QuicStream | null = null
  /** What waits until the peer allows the stream. */
  #waiting: Uint8Array[]
  #waitingBytes = 0

  /** `beginning` begins with the stream's type, in one byte. */
  constructor(quic: QuicSession, name: string, beginning: Uint8Array, violated: (error: Http3Error) => void, log: Http3Log | null) {
    this.#name = name
    this.#type = beginning[0]!
    this.#log = log
    this.#waiting = [beginning]
    this.#violated = violated
    quic
      .createUnidirectionalStream({ priority: 'high' })
      .then((stream) => this.#opened(stream))
      // That the session ended, before it was opened or at that very moment, is told by `closed`.
      .catch(() => {})
  }

  write(bytes: Uint8Array): void {
    const unsent = this.#quic === null ? this.#waitingBytes : this.#quic.stats.bytesUnsent
    if (unsent > MAX_UNSENT_INSTRUCTIONS) this.#violated(new Http3Error('H3_EXCESSIVE_LOAD', `no credit for the ${this.#name} stream`))
    else if (this.#quic !== null) {
      this.#quic.writeSync(bytes)
      this.#logged(this.#quic, bytes)
    } else {
      this.#waiting.push(bytes)
      this.#waitingBytes += bytes.length
    }
  }

  #opened(stream: QuicStream): void {
    this.#quic = stream
    const stopped = (): void => this.#violated(new Http3Error('H3_CLOSED_CRITICAL_STREAM', `the ${this.#name} stream was stopped`))
    stream.onstopsending = stopped
    this.#log?.streamTypeSet('local', Number(stream.id), this.#type)
    for (const [index, bytes] of this.#waiting.entries()) {
      stream.writeSync(bytes)
      this.#logged(stream, index === 0 ? bytes.subarray(1) : bytes)
    }
    this.#waiting = []
  }

  /** QPACK's instructions are no frames. */
  #logged(stream: QuicStream, frames: Uint8Array): void {
    if (this.#type === CONTROL_STREAM) this.#log?.controlCreated(Number(stream.id), frames)
  }
}
