// The workloads on @matrixai/quic; a client of it is one connection.
import { getRandomValues } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Connection } from '../node/connector.ts'
import { clientOptions, runParts } from '../node/contract.ts'
import { filler, request } from '../node/wire.ts'
import { workload } from '../node/workloads.ts'
import { CONFIG, logger, pour, quic } from './package.ts'

const options = clientOptions()
const ca = readFileSync(options.ca, 'utf8')

await runParts(workload({ connect: open }, options))

async function open(): Promise<Connection> {
  const client = await quic.QUICClient.createQUICClient({
    host: '127.0.0.1',
    port: options.port,
    serverName: 'localhost',
    localHost: '127.0.0.1',
    logger,
    crypto: {
      ops: {
        async randomBytes(data) {
          getRandomValues(new Uint8Array(data))
        },
      },
    },
    config: { ...CONFIG, ca, verifyPeer: true },
  })
  return {
    async exchange(sent, wanted) {
      const stream = client.connection.newStream()
      const poured = pour(stream, requestAnd(sent, wanted))
      let received = 0
      for await (const chunk of stream.readable) received += chunk.length
      await poured
      return received
    },
    echo: () => Promise.reject(new Error('there is no echo here')),
    close: () => client.destroy({ force: true }),
  }
}

function* requestAnd(sent: number, wanted: number): Generator<Uint8Array, void, void> {
  yield request(wanted)
  yield* filler(sent)
}
