// The peer's unidirectional streams, read as they come. RFC 9114 section 6.2.
import { QuicError, type QuicStream } from '@millrace/quic'
import type { Http3Connection } from '../core/connection.ts'
import { HTTP3_ERRORS, Http3Error } from '../core/wire/http3-error.ts'

/** Hears of streams that are another protocol's: their type is read, `rest` is what came with it. */
export type StreamTaker = (stream: QuicStream, type: number, rest: Uint8Array) => void

/** Reads one of them. `violated` hears what the peer does wrong; `flush` sends what QPACK has to say about what came. */
export function readPeerStream(
  stream: QuicStream,
  connection: Http3Connection,
  host: { violated(error: Http3Error): void; flush(): void; take: StreamTaker },
): void {
  const reader = connection.peerStream()
  const attempt = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      if (error instanceof Http3Error) host.violated(error)
      // The session's end is told elsewhere.
      else if (!(error instanceof QuicError)) throw error
    }
  }
  const readOn = (): void => {
    for (let chunk = stream.readSync(); chunk !== undefined; chunk = stream.readSync()) {
      if (chunk === null) {
        reader.ended()
        return
      }
      reader.push(chunk)
      if (reader.fate === 'unwanted') {
        stream.stopSending(HTTP3_ERRORS.H3_STREAM_CREATION_ERROR)
        return
      }
      if (reader.fate === 'extension') {
        stream.onreadable = undefined
        stream.onreset = undefined
        host.take(stream, reader.type!, reader.rest)
        return
      }
    }
    host.flush()
  }
  stream.onreadable = () => attempt(readOn)
  stream.onreset = (code) => {
    stream.stopSending(code)
    attempt(() => reader.ended())
  }
  attempt(readOn)
}
