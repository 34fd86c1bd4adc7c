// The workloads on sessions of @millrace/http3.
import { readFileSync } from 'node:fs'
import { Http3Session, type Http3Stream } from '@millrace/http3'
import { connect } from '@millrace/quic'
import type { Connection } from '../node/connector.ts'
import { clientOptions, runParts } from '../node/contract.ts'
import { filler } from '../node/wire.ts'
import { workload } from '../node/workloads.ts'
import { CIPHERS, GROUPS, IDLE_MILLIS, READ_BYTES } from '../settings.ts'

const options = clientOptions()
const ca = readFileSync(options.ca, 'utf8')
/** What is read is counted and dropped: all streams may share it. */
const target = Buffer.allocUnsafeSlow(READ_BYTES)

await runParts(workload({ connect: open }, options))

async function open(): Promise<Connection> {
  const quic = await connect(`127.0.0.1:${options.port}`, {
    alpn: 'h3',
    ca,
    ciphers: CIPHERS,
    groups: GROUPS,
    servername: 'localhost',
    transportParams: { maxIdleTimeout: IDLE_MILLIS },
    sessionStore: null,
  })
  const session = Http3Session.client(quic)
  await session.settings
  return {
    exchange: (sent, wanted) => exchange(session, sent, wanted),
    echo: () => Promise.reject(new Error('there is no echo over HTTP/3')),
    async close() {
      session.destroy()
      await session.closed
    },
  }
}

async function exchange(session: Http3Session, sent: number, wanted: number): Promise<number> {
  const fields = [':method', sent === 0 ? 'GET' : 'POST', ':scheme', 'https', ':authority', 'localhost', ':path', `/${wanted}`]
  const stream = await session.request(fields, { endStream: sent === 0 })
  if (sent > 0) await pour(stream, sent)
  let received = 0
  for (let count = await stream.readInto(target); count !== null; count = await stream.readInto(target)) received += count
  return received
}

async function pour(stream: Http3Stream, bytes: number): Promise<void> {
  for (const chunk of filler(bytes)) if (!stream.writeSync(chunk)) await stream.drained()
  stream.end()
}
