// Answers on node:http2: `/N` has N bytes, once the request's own have been read.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { serveLines, serverOptions } from '../node/contract.ts'
import { pour } from '../node/pour.ts'
import { CIPHERS, CONNECTION_WINDOW, GROUPS, STREAMS } from '../settings.ts'

const { cert, key, mode } = serverOptions()
let live = 0

const server = createSecureServer({
  cert: readFileSync(cert),
  key: readFileSync(key),
  minVersion: 'TLSv1.3',
  ciphers: CIPHERS,
  ecdhCurve: GROUPS,
  settings: { maxConcurrentStreams: STREAMS, ...(mode === 'wide' && { initialWindowSize: CONNECTION_WINDOW }) },
})
server.on('session', (session: ServerHttp2Session) => {
  live++
  session.on('close', () => live--)
  if (mode === 'wide') session.setLocalWindowSize(CONNECTION_WINDOW)
})
server.on('stream', (stream: ServerHttp2Stream, headers) => {
  const wanted = Number(headers[':path']?.slice(1))
  stream.resume()
  stream.on('end', () => {
    stream.respond({ ':status': 200 })
    void pour(stream, wanted)
  })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
await serveLines((server.address() as AddressInfo).port, () => live)
