// Answers on @matrixai/quic.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { serveLines, serverOptions } from '../node/contract.ts'
import { filler, RequestReader } from '../node/wire.ts'
import { type Carrying, CONFIG, logger, pour, quic, type Stream } from './package.ts'

const { cert, key } = serverOptions()
const { EventQUICServerConnection, EventQUICConnectionStream, EventQUICConnectionStopped } = quic.events
let live = 0

const server = new quic.QUICServer({
  logger,
  crypto: {
    key: randomBytes(32).buffer,
    ops: {
      sign: async (secret, data) => new Uint8Array(hmac(secret, data)).buffer,
      verify: async (secret, data, signature) => timingSafeEqual(hmac(secret, data), new Uint8Array(signature)),
    },
  },
  config: { ...CONFIG, cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8'), verifyPeer: false },
})
server.addEventListener(EventQUICServerConnection.name, (event) => {
  live++
  const connection = (event as Carrying<EventTarget>).detail
  connection.addEventListener(EventQUICConnectionStopped.name, () => live--)
  // A client that is done with a connection may leave in the middle of a stream.
  connection.addEventListener(EventQUICConnectionStream.name, (opened) => {
    answer((opened as Carrying<Stream>).detail).catch((error) => console.error(error))
  })
})
await server.start({ host: '127.0.0.1', port: 0 })
await serveLines(server.port, () => live)

async function answer(stream: Stream): Promise<void> {
  const reader = new RequestReader()
  for await (const chunk of stream.readable) reader.take(chunk)
  await pour(stream, filler(reader.wanted))
}

function hmac(secret: ArrayBuffer, data: ArrayBuffer): Buffer {
  return createHmac('sha256', new Uint8Array(secret)).update(new Uint8Array(data)).digest()
}
