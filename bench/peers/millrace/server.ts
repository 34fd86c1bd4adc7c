// Answers on @millrace/quic.
import { readFileSync } from 'node:fs'
import { listen, type QuicSession, type QuicStream } from '@millrace/quic'
import { serveLines, serverOptions } from '../node/contract.ts'
import { filler, RequestReader } from '../node/wire.ts'
import { ALPN, CIPHERS, IDLE_MILLIS, READ_BYTES, STREAMS } from '../settings.ts'

const { cert, key } = serverOptions()
/** What follows the header is dropped: all streams may share it. */
const target = Buffer.allocUnsafeSlow(READ_BYTES)
let live = 0

const endpoint = await listen(serve, {
  endpoint: { address: '127.0.0.1:0' },
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
  session.onstream = (stream) => void answer(stream).catch(() => stream.destroy())
  const left = () => live--
  session.closed.then(left, left)
}

async function answer(stream: QuicStream): Promise<void> {
  const reader = new RequestReader()
  while (!reader.complete) {
    const part = new Uint8Array(reader.lacking)
    const count = await stream.readInto(part)
    if (count === null) throw new Error('the stream ended within its header')
    reader.take(part.subarray(0, count))
  }
  if (reader.isEcho) for await (const chunks of stream) for (const chunk of chunks) stream.writeSync(chunk)
  else {
    for (let count: number | null = 0; count !== null; ) count = await stream.readInto(target)
    for (const chunk of filler(reader.wanted)) if (!stream.writeSync(chunk)) await stream.drained()
  }
  await stream.end()
}
