// An echo server with a thread for each core, all at one port: `node server.ts KEY.pem CERTIFICATE.pem 127.0.0.1:4433`. docs/threads.md tells more.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { listen, portSeats } from '@millrace/quic'

const [key, certificate, address] = process.argv.slice(2) as [string, string, string]

if (isMainThread) {
  for (const seat of portSeats(availableParallelism())) {
    const start = () => new Worker(new URL(import.meta.url), { argv: process.argv.slice(2), workerData: seat }).on('exit', start)
    start()
  }
} else {
  await listen(
    (session) => {
      session.onstream = async (stream) => {
        for await (const chunks of stream) for (const chunk of chunks) await stream.write(chunk)
        await stream.end()
      }
    },
    {
      alpn: 'echo/1',
      sni: { '*': { keys: readFileSync(key), certs: readFileSync(certificate) } },
      endpoint: { address, seat: workerData },
    },
  )
  console.log(`thread ${workerData.index} listens at ${address}`)
}
