// Answers on @millrace/quic.
import { readFileSync } from 'node:fs'
import { listen, type QuicSession, type QuicStream } from '@millrace/quic'
import { serveLines, serverOptions } from '../node/contract.ts'
import { filler, RequestReader } from '../node/wire.ts'
import { ALPN, CIPHERS, IDLE_MILLIS, POLLING, READ_BYTES, STREAMS } from '../settings.ts'

const { cert, key, mode } = serverOptions()
/** What follows the header is dropped: all streams may share it. */
const target = Buffer.allocUnsafeSlow(READ_BYTES)
let live = 0

const endpoint = await listen(serve, {
  endpoint: { address: '127.0.0.1:0', ...POLLING[mode] },
  alpn: ALPN,
  ciphers: CIPHERS,
  enableEarlyData: true,
  transportParams: { maxIdleTimeout: IDLE_MILLIS, initialMaxStreamsBidi: STREAMS },
  sni: { '*': { certs: readFileSync(cert, 'utf8'), keys: readFileSync(key, 'utf8') } },
})
await serveLines(endpoint.address.port, () => live)

function serve(session: QuicSession): void {
  live++
  // A client that is done with a session may leave in the middle of a stream.
  session.onstream = answer
  const left = () => live--
  session.closed.then(left, left)
}

/** By callbacks, as those of node:tls: no promise for each arrival. */
function answer(stream: QuicStream): void {
  const reader = new RequestReader()
  const read = () => {
    try {
      if (reader.isEcho) echo(stream)
      else if (takeRequest(stream, reader)) {
        stream.onreadable = undefined
        pour(stream, filler(reader.wanted))
      }
    } catch {
      stream.destroy()
    }
  }
  stream.onreadable = read
  read()
}

/** Whether the client has ended its side: its request is complete. */
function takeRequest(stream: QuicStream, reader: RequestReader): boolean {
  let count = stream.readIntoSync(target)
  for (; typeof count === 'number'; count = stream.readIntoSync(target)) {
    if (reader.complete) continue
    const rest = reader.take(target.subarray(0, count))
    if (!reader.isEcho) continue
    // A copy: what is written must stay as it is until it is delivered.
    if (rest.length > 0) stream.writeSync(Buffer.from(rest))
    echo(stream)
    return false
  }
  return count === null
}

function echo(stream: QuicStream): void {
  let chunk = stream.readSync()
  for (; chunk != null; chunk = stream.readSync()) stream.writeSync(chunk)
  if (chunk !== null) return
  stream.onreadable = undefined
  stream.endSync()
}

/** Writes all that fits, and goes on when there is room again. */
function pour(stream: QuicStream, chunks: Iterator<Buffer, void>): void {
  for (let next = chunks.next(); !next.done; next = chunks.next()) {
    if (stream.writeSync(next.value)) continue
    stream.drained().then(
      () => pour(stream, chunks),
      () => stream.destroy(),
    )
    return
  }
  stream.endSync()
}
