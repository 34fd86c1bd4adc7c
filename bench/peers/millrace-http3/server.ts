// Answers on sessions of @millrace/http3: `/N` has N bytes, once the request's own have been read.
import { readFileSync } from 'node:fs'
import { fieldValue, Http3Session, type Http3Stream } from '@millrace/http3'
import { listen } from '@millrace/quic'
import { serveLines, serverOptions } from '../node/contract.ts'
import { filler } from '../node/wire.ts'
import { CIPHERS, IDLE_MILLIS, READ_BYTES, STREAMS } from '../settings.ts'

const { cert, key } = serverOptions()
/** What requests bring is dropped: all streams may share it. */
const target = Buffer.allocUnsafeSlow(READ_BYTES)
let live = 0

const endpoint = await listen(
  (quic) => {
    live++
    const session = Http3Session.server(quic)
    session.onrequest = answer
    const left = () => live--
    session.closed.then(left, left)
  },
  {
    endpoint: { address: '127.0.0.1:0' },
    alpn: 'h3',
    ciphers: CIPHERS,
    transportParams: { maxIdleTimeout: IDLE_MILLIS, initialMaxStreamsBidi: STREAMS },
    sni: { '*': { certs: readFileSync(cert, 'utf8'), keys: readFileSync(key, 'utf8') } },
  },
)
await serveLines(endpoint.address.port, () => live)

async function answer(stream: Http3Stream): Promise<void> {
  while ((await stream.readInto(target)) !== null);
  stream.respond([':status', '200'])
  for (const chunk of filler(Number(fieldValue(stream.requestFields, ':path')?.slice(1)))) {
    if (!stream.writeSync(chunk)) await stream.drained()
  }
  stream.end()
}
