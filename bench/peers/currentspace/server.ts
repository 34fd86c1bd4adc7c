// Answers on @currentspace/http3's raw QUIC.
import { readFileSync } from 'node:fs'
import { serveLines, serverOptions } from '../node/contract.ts'
import { pour } from '../node/pour.ts'
import { RequestReader } from '../node/wire.ts'
import { http3 } from './package.ts'
import { optionsFor } from './settings.ts'

const { cert, key, mode } = serverOptions()
let live = 0

const server = http3.createQuicServer({ ...optionsFor(mode), cert: readFileSync(cert), key: readFileSync(key) })
server.on('session', (session) => {
  live++
  session.on('close', () => live--)
  session.on('stream', (stream) => {
    const reader = new RequestReader()
    // A client that is done with a connection may leave in the middle of a stream.
    stream.on('error', () => stream.destroy())
    stream.on('data', (chunk: Buffer) => {
      const rest = reader.take(chunk)
      if (reader.isEcho && rest.length > 0) stream.write(rest)
    })
    stream.on('end', () => (reader.complete && !reader.isEcho ? void pour(stream, reader.wanted) : stream.destroy()))
  })
})
const { port } = await server.listen(0, '127.0.0.1')
await serveLines(port, () => live)
