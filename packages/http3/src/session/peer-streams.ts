// The peer's streams that are no requests, read as they come. RFC 9114 sections 6.1 and 6.2.
import { QuicError, type QuicStream } from '@millrace/quic'
import type { Http3Connection } from '../core/connection.ts'
import { FrameHeaderReader } from '../core/wire/frame-header.ts'
import { HTTP3_ERRORS, Http3Error } from '../core/wire/http3-error.ts'

/** Hears of streams that are another protocol's: their type is read, `rest` is what came with it. */
export type StreamTaker = (stream: QuicStream, type: number, rest: Uint8Array) => void

/** Hears of bidirectional streams that are another protocol's: they begin with its signal and a number, `rest` is what came with them. */
export type SignalTaker = (stream: QuicStream, id: number, rest: Uint8Array) => void

/** Client: reads the beginning of a bidirectional stream of the server's, which only another protocol can have. RFC 9114 section 6.1. */
export function readServerStream(
  stream: QuicStream,
  takers: ReadonlyMap<number, SignalTaker>,
  violated: (error: Http3Error) => void,
): void {
  const header = new FrameHeaderReader()
  const refuse = (): void => violated(new Http3Error('H3_STREAM_CREATION_ERROR', 'a bidirectional stream of a server'))
  if (takers.size === 0) {
    refuse()
    return
  }
  const readOn = (): void => {
    for (let chunk = stream.readSync(); chunk !== undefined; chunk = stream.readSync()) {
      const behind = chunk === null ? -1 : header.read(chunk, 0)
      if (chunk !== null && behind < 0) continue
      const take = chunk === null ? undefined : takers.get(header.type)
      stream.onreadable = undefined
      if (take === undefined) refuse()
      else take(stream, header.length, chunk!.subarray(behind))
      return
    }
  }
  stream.onreadable = readOn
  readOn()
}

/** Reads a unidirectional stream of the peer's. `violated` hears what the peer does wrong; `flush` sends what QPACK has to say about what came. */
export function readPeerStream(
  stream: QuicStream,
  connection: Http3Connection,
  host: { violated(error: Http3Error): void; flush(): void; take: StreamTaker },
): void {
  const reader = connection.peerStream(Number(stream.id))
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
  const readable = (): void => attempt(readOn)
  const reset = (code: bigint): void => {
    stream.stopSending(code)
    attempt(() => reader.ended())
  }
  stream.onreadable = readable
  stream.onreset = reset
  attempt(readOn)
}
