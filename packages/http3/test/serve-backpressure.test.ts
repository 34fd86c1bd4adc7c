// What `serve` takes from a response's stream while its client does not read. RFC 9000 section 4.1, RFC 9113 section 5.2.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { after, test } from 'node:test'
import { serve } from '../src/index.ts'
import { connectHttp3, identity } from './support/client.ts'
import { certificate, get, readAll } from './support/loopback.ts'

const PIECE = new Uint8Array(16 * 1024)
const KIB = 1024

/** The client's window, what waits to be sent (`highWaterMark` of @millrace/quic), and the piece that fills it up. */
const HTTP3_WINDOW: number = 256 * KIB
const HTTP3_BOUND: number = HTTP3_WINDOW + 1024 * KIB + PIECE.length

/** The client's window, what waits to be sent (`writableHighWaterMark` of Node's streams, 64 KiB), and the piece that fills it up. */
const HTTP2_WINDOW: number = 256 * KIB
const HTTP2_BOUND: number = HTTP2_WINDOW + 64 * KIB + PIECE.length

/** Several times what may be under way. */
const WHOLE: number = 8 * 1024 * KIB

/** Questions in between, each of which the server answers after it could have read on. */
const ROUND_TRIPS = 20

/** Serves a long response at '/long', and counts what was taken of it; more than `bound` is refused until the client reads. */
async function longResponse(bound: number): Promise<{ port: number; taken(): number; read(): void }> {
  let taken = 0
  let limit = bound
  const pull = (to: ReadableStreamDefaultController<Uint8Array>): void => {
    taken += PIECE.length
    if (taken > limit) to.error(new RangeError(`${taken} bytes were taken`))
    else if (taken <= WHOLE) to.enqueue(PIECE)
    else to.close()
  }
  const fetch = ({ url }: Request): Response =>
    url.endsWith('/long') ? new Response(new ReadableStream({ pull }, { highWaterMark: 0 })) : new Response(null, { status: 204 })
  const server = await serve({ ...identity, port: 0, hostname: '127.0.0.1', fetch })
  after(() => server[Symbol.asyncDispose]())
  return { port: server.address()!.port, taken: () => taken, read: () => (limit = Number.POSITIVE_INFINITY) }
}

test('HTTP/3: no more than the window and the high-water mark, until the client reads', async () => {
  const { port, taken, read } = await longResponse(HTTP3_BOUND)
  const session = await connectHttp3(port, { transportParams: { initialMaxStreamDataBidiLocal: HTTP3_WINDOW } })
  const stream = await session.request(get('/long'), { endStream: true })
  await stream.response()
  for (let count = 0; count < ROUND_TRIPS; count++) {
    assert.equal((await (await session.request(get(), { endStream: true })).response())[1], '204')
  }
  assert.ok(taken() > HTTP3_WINDOW && taken() <= HTTP3_BOUND, `${taken()} bytes were taken`)
  read()
  assert.equal((await readAll(stream)).length, WHOLE)
  await session.close()
})

test('HTTP/2: no more than the window and the high-water mark, until the client reads', async () => {
  const { port, taken, read } = await longResponse(HTTP2_BOUND)
  const session = connectHttp2(`https://localhost:${port}`, { ca: certificate.certs, settings: { initialWindowSize: HTTP2_WINDOW } })
  const stream = session.request({ ':path': '/long' })
  await once(stream, 'response')
  for (let count = 0; count < ROUND_TRIPS; count++) {
    const [fields] = await once(session.request({ ':path': '/' }), 'response')
    assert.equal(fields[':status'], 204)
  }
  assert.ok(taken() > HTTP2_WINDOW && taken() <= HTTP2_BOUND, `${taken()} bytes were taken`)
  read()
  let size = 0
  for await (const chunk of stream) size += chunk.length
  assert.equal(size, WHOLE)
  session.close()
})
