// The workloads on @currentspace/http3's raw QUIC.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Connection } from '../node/connector.ts'
import { clientOptions, runParts } from '../node/contract.ts'
import { pour } from '../node/pour.ts'
import { ECHO_REQUEST, request } from '../node/wire.ts'
import { workload } from '../node/workloads.ts'
import { http3 } from './package.ts'
import { optionsFor } from './settings.ts'

const options = clientOptions()
const ca = readFileSync(options.ca, 'utf8')

await runParts(workload({ connect: open }, options))

async function open(): Promise<Connection> {
  const session = await http3.connectQuicAsync(`127.0.0.1:${options.port}`, { ...optionsFor(options.mode), ca, servername: 'localhost' })
  return {
    async exchange(sent, wanted) {
      const stream = session.openStream()
      let received = 0
      stream.on('data', (chunk: Buffer) => {
        received += chunk.length
      })
      const ended = once(stream, 'end')
      stream.write(request(wanted))
      await pour(stream, sent)
      await ended
      return received
    },
    async echo(onbytes) {
      const stream = session.openStream()
      stream.on('data', onbytes)
      stream.write(ECHO_REQUEST)
      return (bytes) => stream.write(bytes)
    },
    close: () => session.close(),
  }
}
