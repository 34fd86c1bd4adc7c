// Answers on node:tls.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { serveLines, serverOptions } from '../node/contract.ts'
import { pour } from '../node/pour.ts'
import { RequestReader } from '../node/wire.ts'
import { CIPHERS, GROUPS } from '../settings.ts'

const { cert, key } = serverOptions()
let live = 0

const server = createServer(
  { cert: readFileSync(cert), key: readFileSync(key), minVersion: 'TLSv1.3', ciphers: CIPHERS, ecdhCurve: GROUPS, allowHalfOpen: true },
  serve,
)
server.listen(0, '127.0.0.1', 4096)
await once(server, 'listening')
await serveLines((server.address() as AddressInfo).port, () => live)

function serve(socket: TLSSocket): void {
  live++
  socket.setNoDelay(true)
  // A client that is done with a connection may reset it.
  socket.on('error', () => socket.destroy())
  socket.on('close', () => live--)
  const reader = new RequestReader()
  socket.on('data', (chunk: Buffer) => {
    const rest = reader.take(chunk)
    if (reader.isEcho && rest.length > 0) socket.write(rest)
  })
  socket.on('end', () => (reader.complete && !reader.isEcho ? void pour(socket, reader.wanted) : socket.destroy()))
}
