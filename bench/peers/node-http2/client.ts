// The workloads on node:http2.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type ClientHttp2Session, connect } from 'node:http2'
import type { Connection } from '../node/connector.ts'
import { clientOptions, runParts } from '../node/contract.ts'
import { pour } from '../node/pour.ts'
import { workload } from '../node/workloads.ts'
import { CIPHERS, CONNECTION_WINDOW, GROUPS } from '../settings.ts'

const options = clientOptions()
const ca = readFileSync(options.ca)
const settings = options.mode === 'wide' ? { initialWindowSize: CONNECTION_WINDOW } : {}

await runParts(workload({ connect: open }, options))

async function open(): Promise<Connection> {
  const session = connect(`https://localhost:${options.port}`, {
    ca,
    ciphers: CIPHERS,
    ecdhCurve: GROUPS,
    minVersion: 'TLSv1.3',
    settings,
    lookup: (_name, { all }, answer) => (all ? answer(null, [{ address: '127.0.0.1', family: 4 }]) : answer(null, '127.0.0.1', 4)),
  })
  await once(session, 'connect')
  if (options.mode === 'wide') session.setLocalWindowSize(CONNECTION_WINDOW)
  return {
    exchange: (sent, wanted) => exchange(session, sent, wanted),
    echo: () => Promise.reject(new Error('there is no echo over HTTP/2')),
    async close() {
      session.destroy()
    },
  }
}

async function exchange(session: ClientHttp2Session, sent: number, wanted: number): Promise<number> {
  const stream = session.request({ ':method': sent === 0 ? 'GET' : 'POST', ':path': `/${wanted}` }, { endStream: sent === 0 })
  let received = 0
  stream.on('data', (chunk: Buffer) => {
    received += chunk.length
  })
  const ended = once(stream, 'end')
  if (sent > 0) await pour(stream, sent)
  await ended
  return received
}
