// How large datagrams become over real sockets. RFC 9000 section 14: they must not be taken apart on the way.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointCore, type QuicEndpoint } from '../src/api/endpoint.ts'
import { dial, echo, readAll, serve } from './support/server.ts'

const BATCHED = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')

/** Sizes of the datagrams that arrive at an endpoint from now on. */
function arrivals(endpoint: QuicEndpoint): number[] {
  const { socket } = endpointCore(endpoint)
  const sizes: number[] = []
  const receive = socket.onreceive!
  socket.onreceive = (batch) => {
    for (let i = 0; i < batch.count; i++) sizes.push(batch.length(i))
    receive(batch)
  }
  return sizes
}

for (const [udp, largest, what] of [
  ['portable', 1200, "which cannot set the Don't Fragment bit, sends nothing larger than every path carries"],
  ['batched', 1452, 'which sets that bit, sends what the path is found to carry'],
] as const) {
  test(`the ${udp} socket, ${what} (RFC 9000 section 14)`, { skip: udp === 'batched' && !BATCHED && 'only on Linux' }, async () => {
    const server = await serve(echo, { endpoint: { address: '127.0.0.1:0', udp } })
    const session = await dial(server.address, { endpoint: { address: '127.0.0.1:0', udp } })
    const sizes = [arrivals(server.endpoint), arrivals(session.endpoint)]
    const stream = await session.createBidirectionalStream()
    const all = readAll(stream)
    await stream.end(Buffer.alloc(300_000, 7))
    assert.equal((await all).length, 300_000)
    assert.deepEqual(
      sizes.map((each) => Math.max(...each)),
      [largest, largest],
    )
    assert.deepEqual([session.stats.pathMtu, server.sessions[0]!.stats.pathMtu], [largest, largest])
    await session.close()
    await server.endpoint.close()
  })
}
