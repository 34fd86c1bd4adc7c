// Answers on @currentspace/http3: `/N` has N bytes, once the request's own have been read.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { http3 } from '../currentspace/package.ts'
import { http3OptionsFor } from '../currentspace/settings.ts'
import { serveLines, serverOptions } from '../node/contract.ts'
import { pour } from '../node/pour.ts'

const { cert, key, mode } = serverOptions()
let live = 0

const server = http3.createSecureServer(
  { ...http3OptionsFor(mode), cert: readFileSync(cert), key: readFileSync(key) },
  (stream, headers) => {
    // A client that is done with a connection may leave in the middle of a stream.
    stream.on('error', () => stream.destroy())
    stream.resume()
    stream.on('end', () => {
      stream.respond({ ':status': '200' })
      void pour(stream, Number(String(headers[':path']).slice(1)))
    })
  },
)
server.on('session', (session) => {
  live++
  session.on('close', () => live--)
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
await serveLines(server.address()!.port, () => live)
