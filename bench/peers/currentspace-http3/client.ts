// The workloads on @currentspace/http3.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { http3 } from '../currentspace/package.ts'
import { http3OptionsFor } from '../currentspace/settings.ts'
import type { Connection } from '../node/connector.ts'
import { clientOptions, runParts } from '../node/contract.ts'
import { pour } from '../node/pour.ts'
import { workload } from '../node/workloads.ts'

const options = clientOptions()
const ca = readFileSync(options.ca, 'utf8')

await runParts(workload({ connect: open }, options))

async function open(): Promise<Connection> {
  const session = await http3.connectAsync(`127.0.0.1:${options.port}`, { ...http3OptionsFor(options.mode), ca, servername: 'localhost' })
  return {
    async exchange(sent, wanted) {
      const headers = { ':method': sent === 0 ? 'GET' : 'POST', ':scheme': 'https', ':authority': 'localhost', ':path': `/${wanted}` }
      const stream = session.request(headers, { endStream: sent === 0 })
      let received = 0
      stream.on('data', (chunk: Buffer) => {
        received += chunk.length
      })
      const ended = once(stream, 'end')
      if (sent > 0) await pour(stream, sent)
      await ended
      return received
    },
    echo: () => Promise.reject(new Error('there is no echo over HTTP/3')),
    close: () => session.close(),
  }
}
